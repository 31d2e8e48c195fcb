/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/live/bv-live-interfaces.h"

#include <string.h>

#include "network/bv-network-private.h"

#define ABSENT "absent"
#define DOWN "down"

const BvApiInterface *
bv_live_find_interface (const BvApiVirtualMachineInstanceSpec *spec, const char *name)
{
  const BvApiDevices *devices = spec->domain != NULL ? spec->domain->devices : NULL;

  for (guint i = 0; devices != NULL && i < devices->n_interfaces; i++)
    if (g_strcmp0 (devices->interfaces[i]->name, name) == 0)
      return devices->interfaces[i];
  return NULL;
}

static gboolean
is_in_state (const BvApiInterface *record, const char *state)
{
  return g_strcmp0 (record->state, state) == 0;
}

/* As KubeVirt, of those that it does not move the guest for. */
static gboolean
is_pluggable (const BvApiVirtualMachineInstanceSpec *spec, const BvApiInterface *record)
{
  const BvApiNetwork *network =
      record->name != NULL ? bv_network_find_record (spec, record->name) : NULL;

  return (record->bridge != NULL || record->sriov != NULL) && network != NULL &&
         network->multus != NULL && !network->multus->default_;
}

/* A template that is followed. What else it changes of interfaces and networks waits for a restart,
 * as in KubeVirt. */

typedef struct
{
  const BvLiveCarry *carry;
  GPtrArray *interfaces; /* of BvApiInterface and BvApiNetwork, none of them owned */
  GPtrArray *networks;
  gboolean changed;
} Carry;

static gpointer
copy (const Carry *self, const BvRecordType *type, gconstpointer record)
{
  return bv_record_copy (type, record, self->carry->arena);
}

/* One that was unplugged is forgotten with its network once the template has it no more. */
static void
take_old (Carry *self, BvApiInterface *record)
{
  const BvApiInterface *wanted = bv_live_find_interface (self->carry->wanted, record->name);
  BvApiInterface *changed;

  if (wanted == NULL && is_in_state (record, ABSENT))
    {
      self->changed = TRUE;
      return;
    }
  if (wanted == NULL || is_in_state (record, wanted->state) || record->sriov != NULL)
    {
      g_ptr_array_add (self->interfaces, record);
      return;
    }
  self->changed = TRUE;
  changed = copy (self, &bv_api_interface_type, record);
  changed->state =
      wanted->state != NULL ? bv_arena_strdup (self->carry->arena, wanted->state) : NULL;
  g_ptr_array_add (self->interfaces, changed);
}

static void
take_new (Carry *self, const BvApiInterface *wanted)
{
  const BvApiNetwork *network;

  if (is_in_state (wanted, ABSENT) || !is_pluggable (self->carry->wanted, wanted) ||
      bv_network_find_record (self->carry->spec, wanted->name) != NULL)
    return;
  network = bv_network_find_record (self->carry->wanted, wanted->name);
  self->changed = TRUE;
  g_ptr_array_add (self->interfaces, copy (self, &bv_api_interface_type, wanted));
  g_ptr_array_add (self->networks, copy (self, &bv_api_network_type, network));
}

static void
take_old_networks (Carry *self)
{
  const BvApiVirtualMachineInstanceSpec *spec = self->carry->spec;

  for (guint i = 0; i < spec->n_networks; i++)
    {
      const BvApiInterface *record = bv_live_find_interface (spec, spec->networks[i]->name);
      gboolean gone = record != NULL && is_in_state (record, ABSENT) &&
                      bv_live_find_interface (self->carry->wanted, record->name) == NULL;

      if (!gone)
        g_ptr_array_add (self->networks, spec->networks[i]);
    }
}

static const char *
get_interface_name (gconstpointer record)
{
  return ((const BvApiInterface *)record)->name;
}

static const char *
get_network_name (gconstpointer record)
{
  return ((const BvApiNetwork *)record)->name;
}

/* In the template's order where both have the same: no order is left that would seem to differ. */
static gpointer *
make_list (const Carry *self, GPtrArray *list, gpointer *wanted, guint n_wanted,
           const char *(*get_name) (gconstpointer))
{
  gpointer *items = bv_arena_alloc (self->carry->arena, MAX (list->len, 1) * sizeof (gpointer));
  guint n = 0;

  for (guint i = 0; i < n_wanted; i++)
    for (guint j = 0; j < list->len && n < list->len; j++)
      if (g_strcmp0 (get_name (list->pdata[j]), get_name (wanted[i])) == 0)
        items[n++] = list->pdata[j];
  if (n < list->len)
    memcpy (items, list->pdata, list->len * sizeof (gpointer));
  return items;
}

static BvApiDevices *
get_devices (const BvApiVirtualMachineInstanceSpec *spec)
{
  return spec->domain != NULL ? spec->domain->devices : NULL;
}

static gboolean
carry (const BvLiveCarry *what)
{
  g_autoptr (GPtrArray) interfaces = g_ptr_array_new ();
  g_autoptr (GPtrArray) networks = g_ptr_array_new ();
  Carry self = { what, interfaces, networks, FALSE };
  BvApiDevices *devices = get_devices (what->spec);
  const BvApiDevices *wanted = get_devices (what->wanted);

  if (devices == NULL || wanted == NULL)
    return FALSE;
  for (guint i = 0; i < devices->n_interfaces; i++)
    take_old (&self, devices->interfaces[i]);
  take_old_networks (&self);
  for (guint i = 0; i < wanted->n_interfaces; i++)
    if (bv_live_find_interface (what->spec, wanted->interfaces[i]->name) == NULL)
      take_new (&self, wanted->interfaces[i]);
  if (!self.changed)
    return FALSE;
  devices->interfaces = (BvApiInterface **)make_list (
      &self, interfaces, (gpointer *)wanted->interfaces, wanted->n_interfaces, get_interface_name);
  devices->n_interfaces = interfaces->len;
  what->spec->networks =
      (BvApiNetwork **)make_list (&self, networks, (gpointer *)what->wanted->networks,
                                  what->wanted->n_networks, get_network_name);
  what->spec->n_networks = networks->len;
  return TRUE;
}

/* What the guest has is compared with what its VMI says. */

BvLiveInterfaceStep
bv_live_interface_get_step (const BvApiVirtualMachineInstanceSpec *spec,
                            const BvApiInterface *record, gboolean in_domain,
                            const char *link_state)
{
  gboolean absent = is_in_state (record, ABSENT);

  /* As in KubeVirt, a virtual function is not unplugged, and its link is the card's. */
  if (record->sriov != NULL && in_domain)
    return BV_LIVE_INTERFACE_RIGHT;
  if (!in_domain)
    return !absent && is_pluggable (spec, record) ? BV_LIVE_INTERFACE_PLUG
                                                  : BV_LIVE_INTERFACE_RIGHT;
  if (absent)
    return BV_LIVE_INTERFACE_UNPLUG;
  return is_in_state (record, DOWN) == (g_strcmp0 (link_state, DOWN) == 0) ? BV_LIVE_INTERFACE_RIGHT
                                                                           : BV_LIVE_INTERFACE_LINK;
}

static const BvDomainInterface *
find_in_domain (const BvDomainInfo *domain, const char *name)
{
  for (guint i = 0; i < domain->interfaces->len; i++)
    {
      const BvDomainInterface *interface = g_ptr_array_index (domain->interfaces, i);

      if (g_strcmp0 (interface->name, name) == 0)
        return interface;
    }
  return NULL;
}

/* One that was unplugged, and whose guest had not let it go when its template forgot it. */
static gboolean
has_forgotten (const BvLiveView *view)
{
  for (guint i = 0; i < view->domain->interfaces->len; i++)
    {
      const BvDomainInterface *interface = g_ptr_array_index (view->domain->interfaces, i);

      if (bv_live_find_interface (view->spec, interface->name) == NULL)
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_wanted (const BvLiveView *view)
{
  const BvApiDevices *devices = get_devices (view->spec);

  for (guint i = 0; devices != NULL && i < devices->n_interfaces; i++)
    {
      const BvApiInterface *record = devices->interfaces[i];
      const BvDomainInterface *interface = find_in_domain (view->domain, record->name);

      if (bv_live_interface_get_step (view->spec, record, interface != NULL,
                                      interface != NULL ? interface->link_state : NULL) !=
          BV_LIVE_INTERFACE_RIGHT)
        return TRUE;
    }
  return devices != NULL && has_forgotten (view);
}

const BvLiveUpdater bv_live_interfaces = { "interfaces", carry, is_wanted,
                                           bv_live_interfaces_apply };
