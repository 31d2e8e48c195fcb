/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "host/network/bv-cni-config.h"
#include "host/network/bv-libvirt-network.h"
#include "host/network/bv-network-names.h"
#include "host/network/bv-network-preparer.h"
#include "host/network/bv-virtual-function.h"
#include "model/bv-error.h"
#include "model/bv-vmi-private.h"

/* A multus network: what a NetworkAttachmentDefinition says. Addresses are the network's own
 * affair, so that the part about them is not looked at. */

#define USUAL_BRIDGE "cni0"

static gboolean
matches (const BvNetworkWork *work, BvNetworkMode mode)
{
  return work->network->multus != NULL && mode == BV_NETWORK_MODE_SYSTEM;
}

static BvCniConfig *
read_config (const BvNetworkWork *work, GError **error)
{
  const char *name = work->network->multus->network_name;
  g_autofree char *key =
      strchr (name, '/') != NULL
          ? g_strdup (name)
          : g_strconcat (bv_object_get_namespace (BV_OBJECT (work->work->vmi)), "/", name, NULL);
  BvObject *object =
      bv_volume_objects_find (work->work->objects, "NetworkAttachmentDefinition", key);
  BvCniConfig *config;

  if (object == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                   _ ("The NetworkAttachmentDefinition %s is not there; apply it."), key);
      return NULL;
    }
  config = bv_cni_config_new (bv_object_get_record (object), error);
  if (config == NULL)
    g_prefix_error (error, _ ("The NetworkAttachmentDefinition %s cannot be used: "), key);
  return config;
}

/* Of one bridge, whoever it is for. */
static char *
make_network_name (const char *bridge)
{
  return g_strconcat (BV_SHARED_NETWORK, "-", bridge, NULL);
}

/* A bridge that the host has, and that is not one that we made. */
static gboolean
is_of_host (const BvNetworkWork *work, const char *bridge, const char *network, gboolean *of_host,
            GError **error)
{
  g_autofree char *path = g_build_filename ("/sys/class/net", bridge, "bridge", NULL);
  g_autofree char *xml = NULL;

  *of_host = g_file_test (path, G_FILE_TEST_IS_DIR);
  if (!*of_host || work->work->dry_run)
    return TRUE;
  xml = bv_libvirt_network_describe (work->work->libvirt, network, error);
  if (xml == NULL)
    return FALSE;
  *of_host = xml[0] == '\0';
  return TRUE;
}

static BvRulesetGuest *
make_guest (const BvNetworkFacts *facts)
{
  BvRulesetGuest *guest = g_new0 (BvRulesetGuest, 1);

  guest->tap = g_strdup (facts->target);
  guest->mac = g_strdup (facts->mac);
  return guest;
}

static gboolean
plug (const BvNetworkWork *work, const BvCniConfig *config, BvNetworkFacts *facts, GError **error)
{
  BvVmi *vmi = work->work->vmi;
  g_autofree char *owner =
      g_strdup_printf ("VirtualMachineInstance %s/%s", bv_object_get_namespace (BV_OBJECT (vmi)),
                       bv_object_get_name (BV_OBJECT (vmi)));
  const BvNetworkWish wish = { .owner = owner, .running = work->work->running };
  g_autoptr (BvNetworkPlan) plan = NULL;

  if (work->work->dry_run)
    return TRUE;
  if (facts->bridge != NULL)
    return !config->guards_mac ||
           bv_networks_guard (work->work->networks, &wish, make_guest (facts), error);
  plan = g_new0 (BvNetworkPlan, 1);
  plan->name = g_strdup (facts->network);
  plan->bridge = g_strdup (config->bridge != NULL ? config->bridge : USUAL_BRIDGE);
  plan->mtu = config->mtu;
  return bv_networks_plug (work->work->networks, work->work->libvirt, plan, &wish,
                           make_guest (facts), error);
}

static gboolean
prepare_bridge (const BvNetworkWork *work, const BvCniConfig *config, BvNetworkFacts *facts,
                GError **error)
{
  const char *bridge = config->bridge != NULL ? config->bridge : USUAL_BRIDGE;
  g_autofree char *network = make_network_name (bridge);
  gboolean of_host;

  if (!is_of_host (work, bridge, network, &of_host, error))
    return FALSE;
  facts->attachment = of_host ? "bridge" : "network";
  if (of_host)
    facts->bridge = g_strdup (bridge);
  else
    facts->network = g_steal_pointer (&network);
  facts->target = bv_network_names_make_tap (work->work->vmi, work->interface);
  return plug (work, config, facts, error);
}

static gboolean
prepare_macvtap (const BvNetworkWork *work, const BvCniConfig *config, BvNetworkFacts *facts,
                 GError **error)
{
  const char *slash = config->resource != NULL ? strrchr (config->resource, '/') : NULL;
  const char *device = config->master != NULL ? config->master : slash != NULL ? slash + 1 : NULL;
  g_autofree char *path = NULL;

  if (device == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                   _ ("Its configuration names no device; write \"master\": \"eth0\" into it."));
      return FALSE;
    }
  path = g_build_filename ("/sys/class/net", device, NULL);
  if (!work->work->dry_run && !g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                   _ ("This host has no network device %s."), device);
      return FALSE;
    }
  facts->attachment = "direct";
  facts->device = g_strdup (device);
  return TRUE;
}

char *
bv_network_definition_get_resource (const BvNetworkWork *work)
{
  g_autoptr (BvCniConfig) config = NULL;

  if (work->interface->sriov == NULL || work->network->multus == NULL ||
      work->work->objects == NULL)
    return NULL;
  config = read_config (work, NULL);
  return config != NULL && g_str_equal (config->type, "sriov") ? g_strdup (config->resource) : NULL;
}

/* What Multus' plugin does: the guest has the function, and only the card can say what it sends. */
static gboolean
set_function (const BvNetworkWork *work, const BvCniConfig *config, const char *address,
              GError **error)
{
  const char *mac = work->interface->mac_address;
  g_auto (BvVirtualFunction) function = { 0 };

  if (work->work->dry_run || work->work->running)
    return TRUE;
  return bv_virtual_function_find (&function, BV_PCI_DEVICES, address, error) &&
         bv_virtual_function_set (&function, mac != NULL && mac[0] != '\0' ? mac : NULL,
                                  config->vlan, error);
}

/* It was reserved with the other devices. */
static gboolean
prepare_sriov (const BvNetworkWork *work, const BvCniConfig *config, BvNetworkFacts *facts,
               GError **error)
{
  g_autoptr (BvReservation) reservation = NULL;
  const BvReservedDevice *device;

  if (config->resource == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                   _ ("Its definition names no resource; give it the annotation "
                      "k8s.v1.cni.cncf.io/resourceName."));
      return FALSE;
    }
  facts->attachment = "hostdev";
  if (work->work->reservations == NULL)
    return TRUE;
  reservation = bv_reservations_get (work->work->reservations, work->work->uid);
  device =
      reservation != NULL ? bv_reservation_find_device (reservation, work->interface->name) : NULL;
  if (device == NULL)
    return TRUE;
  facts->type = "pci";
  facts->address = g_strdup (device->address);
  facts->numa_node = (guint)(device->numa_cell + 1);
  return set_function (work, config, device->address, error);
}

static const struct
{
  const char *type;
  gboolean (*prepare) (const BvNetworkWork *work, const BvCniConfig *config, BvNetworkFacts *facts,
                       GError **error);
  gboolean has_vlans;
} types[] = {
  { "bridge", prepare_bridge, FALSE },
  { "cnv-bridge", prepare_bridge, FALSE },
  { "macvtap", prepare_macvtap, FALSE },
  { "sriov", prepare_sriov, TRUE },
};

/* A virtual function is bound as one, and nothing else is. */
static gboolean
check_binding (const BvNetworkWork *work, const BvCniConfig *config, GError **error)
{
  if (g_str_equal (config->type, "sriov") == (work->interface->sriov != NULL))
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
               _ ("Its definition is of the type %s, but the interface has another binding; sriov "
                  "goes with sriov, and bridge with the other types."),
               config->type);
  return FALSE;
}

static gboolean
prepare_config (const BvNetworkWork *work, const BvCniConfig *config, BvNetworkFacts *facts,
                GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    {
      if (!g_str_equal (types[i].type, config->type))
        continue;
      if (config->vlan == 0 || types[i].has_vlans)
        return types[i].prepare (work, config, facts, error);
      g_set_error (
          error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
          _ ("A network of the type %s gets no VLAN of its own on a host; set the VLAN up on "
             "the host's device, and name that."),
          config->type);
      return FALSE;
    }
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
               _ ("A host has no networks of the type “%s”; it can do bridge, cnv-bridge, macvtap "
                  "and sriov."),
               config->type);
  return FALSE;
}

/* A dry run may know nothing but the VMI. */
static gboolean
prepare (const BvNetworkWork *work, BvNetworkFacts *facts, GError **error)
{
  g_autoptr (BvCniConfig) config = NULL;

  facts->mac = bv_network_names_make_mac (work->work->vmi, work->interface);
  if (work->work->objects == NULL)
    {
      facts->attachment = "network";
      facts->network = make_network_name (work->network->name);
      return TRUE;
    }
  config = read_config (work, error);
  if (config == NULL || !check_binding (work, config, error))
    return FALSE;
  facts->mtu = config->mtu;
  return prepare_config (work, config, facts, error);
}

/* The definition may be gone by now, or say something else. */
static gboolean
clean_up (const BvNetworkWork *work, GError **error)
{
  g_autofree char *tap = bv_network_names_make_tap (work->work->vmi, work->interface);
  g_autofree char *mac = bv_network_names_make_mac (work->work->vmi, work->interface);
  g_autoptr (BvCniConfig) config = read_config (work, NULL);
  g_autofree char *network = NULL;

  if (config != NULL && g_str_has_suffix (config->type, "bridge"))
    network = make_network_name (config->bridge != NULL ? config->bridge : USUAL_BRIDGE);
  return bv_networks_unplug (work->work->networks, work->work->libvirt, network, tap, mac, error);
}

const BvNetworkPreparer bv_definition_preparer = { matches, prepare, clean_up };
