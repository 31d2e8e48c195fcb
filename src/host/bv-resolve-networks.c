/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "adapt/bv-adapt.h"
#include "bv-autocleanups.h"
#include "convert/bv-conversion.h"
#include "convert/bv-xml.h"
#include "host/bv-resolve-private.h"
#include "host/network/bv-network-preparer.h"
#include "model/bv-error.h"
#include "model/bv-vmi-private.h"

static const BvApiInterface *
find_interface (const BvApiVirtualMachineInstanceSpec *spec, const BvApiNetwork *network)
{
  const BvApiDevices *devices = spec->domain->devices;

  for (guint i = 0; devices != NULL && i < devices->n_interfaces; i++)
    if (g_strcmp0 (devices->interfaces[i]->name, network->name) == 0)
      return devices->interfaces[i];
  return NULL;
}

/* FALSE for a network that no interface is for. */
static gboolean
make_any_work (const BvVolumeWork *work, const BvApiNetwork *network, BvNetworkWork *network_work)
{
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (work->vmi)->spec;
  const BvApiInterface *interface = find_interface (spec, network);

  *network_work = (BvNetworkWork){ work, network, interface };
  return interface != NULL;
}

/* FALSE for a network that nobody is plugged into. */
static gboolean
make_work (const BvVolumeWork *work, const BvApiNetwork *network, BvNetworkWork *network_work)
{
  return make_any_work (work, network, network_work) &&
         g_strcmp0 (network_work->interface->state, "absent") != 0;
}

GHashTable *
bv_resolve_list_functions (const BvVolumeWork *work)
{
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (work->vmi)->spec;
  GHashTable *functions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (guint i = 0; i < spec->n_networks; i++)
    {
      BvNetworkWork network_work;
      char *resource = NULL;

      if (make_work (work, spec->networks[i], &network_work))
        resource = bv_network_definition_get_resource (&network_work);
      if (resource != NULL)
        g_hash_table_insert (functions, g_strdup (spec->networks[i]->name), resource);
    }
  return functions;
}

static gboolean
prepare (const BvNetworkWork *work, BvNetworkFacts *facts, GError **error)
{
  const BvNetworkPreparer *preparer = bv_network_preparer_find (work);

  if (preparer == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
                   _ ("This host cannot plug the interface %s into its network: it knows the pod "
                      "network with masquerade, bridge and passtBinding, and multus networks with "
                      "bridge; a session knows the pod network only."),
                   work->network->name);
      return FALSE;
    }
  if (preparer->prepare (work, facts, error))
    return TRUE;
  g_prefix_error (error, _ ("The network %s cannot be had: "), work->network->name);
  return FALSE;
}

static void
add_facts (BvResolver *self, const BvNetworkFacts *facts)
{
  const struct
  {
    const char *name;
    const char *value;
  } texts[] = {
    { "attachment", facts->attachment },
    { "target", facts->target },
    { "mac", facts->mac },
    { "network", facts->network },
    { "bridge", facts->bridge },
    { "device", facts->device },
    { "type", facts->type },
    { "address", facts->address },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    if (texts[i].value != NULL)
      bv_resolver_add_string (self, texts[i].name, texts[i].value);
  if (facts->numa_node > 0)
    bv_resolver_add_uint (self, "numaNode", facts->numa_node - 1);
  if (facts->mtu == 0)
    return;
  json_builder_set_member_name (self->builder, "mtu");
  json_builder_add_int_value (self->builder, facts->mtu);
}

static gboolean
resolve_network (BvResolver *self, const BvApiNetwork *network, GError **error)
{
  g_auto (BvNetworkFacts) facts = { 0 };
  BvNetworkWork work;

  if (!make_work (self->work, network, &work))
    return TRUE;
  if (!prepare (&work, &facts, error))
    return FALSE;
  json_builder_set_member_name (self->builder, network->name);
  json_builder_begin_object (self->builder);
  add_facts (self, &facts);
  json_builder_end_object (self->builder);
  return TRUE;
}

gboolean
bv_resolve_networks (BvResolver *self, GError **error)
{
  json_builder_set_member_name (self->builder, "networks");
  json_builder_begin_object (self->builder);
  for (guint i = 0; i < self->spec->n_networks; i++)
    if (!resolve_network (self, self->spec->networks[i], error))
      return FALSE;
  json_builder_end_object (self->builder);
  return TRUE;
}

gboolean
bv_resolve_restore_networks (const BvVolumeWork *work, GError **error)
{
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (work->vmi)->spec;

  for (guint i = 0; i < spec->n_networks; i++)
    {
      g_auto (BvNetworkFacts) facts = { 0 };
      BvNetworkWork network_work;

      if (make_work (work, spec->networks[i], &network_work) &&
          !prepare (&network_work, &facts, error))
        return FALSE;
    }
  return TRUE;
}

static void
clean_up (const BvNetworkWork *work)
{
  const BvNetworkPreparer *preparer = bv_network_preparer_find (work);
  g_autoptr (GError) error = NULL;

  if (preparer != NULL && preparer->clean_up != NULL && !preparer->clean_up (work, &error))
    g_warning ("The network %s leaves something behind: %s", work->network->name, error->message);
}

/* Also those whose interfaces are unplugged: their guests may not have let go of them before. */
void
bv_resolve_clean_up_networks (const BvVolumeWork *work)
{
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (work->vmi)->spec;

  for (guint i = 0; i < spec->n_networks; i++)
    {
      BvNetworkWork network_work;

      if (make_any_work (work, spec->networks[i], &network_work))
        clean_up (&network_work);
    }
}

/* One interface of a guest that runs. */

static const BvApiNetwork *
find_network (const BvApiVirtualMachineInstanceSpec *spec, const char *name)
{
  for (guint i = 0; i < spec->n_networks; i++)
    if (g_strcmp0 (spec->networks[i]->name, name) == 0)
      return spec->networks[i];
  return NULL;
}

void
bv_resolve_leave_network (const BvVolumeWork *work, const char *name)
{
  const BvApiNetwork *network = find_network (bv_vmi_get_record (work->vmi)->spec, name);
  BvNetworkWork network_work;

  if (network != NULL && make_any_work (work, network, &network_work))
    clean_up (&network_work);
}

static BvContext *
make_context (const BvVolumeWork *work, const BvApiNetwork *network, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  BvResolver resolver = { work, bv_vmi_get_record (work->vmi)->spec, builder, NULL };
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *json = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "networks");
  json_builder_begin_object (builder);
  if (!resolve_network (&resolver, network, error))
    return NULL;
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  json = json_to_string (root, FALSE);
  return bv_context_new_from_json (json, error);
}

static char *
print_interface (GVirConfigDomain *domain, const char *name)
{
  g_autofree char *wanted = g_strconcat ("ua-", name, NULL);
  BvXml *devices = bv_xml_find (bv_xml_of (GVIR_CONFIG_OBJECT (domain)), "devices");

  for (BvXml *node = devices != NULL ? bv_xml_first (devices) : NULL; node != NULL;
       node = bv_xml_next (node))
    {
      BvXml *alias = bv_xml_find (node, "alias");

      if (alias != NULL && g_strcmp0 (bv_xml_get (alias, "name"), wanted) == 0)
        return bv_xml_to_text (node);
    }
  return NULL;
}

static char *
convert_interface (const BvVolumeWork *work, BvContext *context, const char *name, GError **error)
{
  const BvAdaptTarget target = { work->facts->libvirt_version, work->facts->hypervisor_version };
  g_autoptr (GVirConfigDomain) domain = bv_vmi_convert_interfaces (work->vmi, context, error);

  if (domain == NULL || !bv_adapt_domain (domain, &target, NULL, error))
    return NULL;
  return print_interface (domain, name);
}

static char *
convert_function (const BvVolumeWork *work, BvContext *context, const BvApiNetwork *network,
                  GError **error)
{
  BvApiInterface *interface =
      (BvApiInterface *)find_interface (bv_vmi_get_record (work->vmi)->spec, network);
  const BvApiDevices devices = { .interfaces = &interface, .n_interfaces = 1 };

  return bv_resolve_print_device (work, &devices, context, error);
}

char *
bv_resolve_interface (const BvVolumeWork *work, const char *name, GError **error)
{
  const BvApiNetwork *network = find_network (bv_vmi_get_record (work->vmi)->spec, name);
  g_autoptr (BvContext) context = NULL;
  char *xml;

  g_return_val_if_fail (network != NULL, NULL);
  context = make_context (work, network, error);
  if (context == NULL)
    return NULL;
  xml = find_interface (bv_vmi_get_record (work->vmi)->spec, network)->sriov != NULL
            ? convert_function (work, context, network, error)
            : convert_interface (work, context, name, error);
  if (xml == NULL)
    bv_resolve_leave_network (work, name);
  return xml;
}
