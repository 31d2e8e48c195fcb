/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "network/bv-interface-private.h"

#include "model/bv-vmi-private.h"
#include "network/bv-network-private.h"

/**
 * BvInterface:
 *
 * A network interface of a VMI: the guest's card, and how it is bound to the network of the same
 * name. There is a subclass for each binding. It tells how the manifest stands when the list is
 * made, and does not change.
 *
 * Since: 1.0
 */
typedef struct
{
  BvVmi *vmi; /* keeps the record */
  const BvApiInterface *record;
  BvNetwork *network;
} BvInterfacePrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (BvInterface, bv_interface, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_NAME,
  PROP_MODEL,
  PROP_BINDING,
  PROP_MAC_ADDRESS,
  PROP_BOOT_ORDER,
  PROP_STATE,
  PROP_NETWORK,
  PROP_MIGRATABLE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static const BvApiInterface *
get_record (BvInterface *self)
{
  const BvInterfacePrivate *private = bv_interface_get_instance_private (self);

  return private->record;
}

static void
bv_interface_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BvInterface *self = BV_INTERFACE (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, bv_interface_get_name (self));
      break;
    case PROP_MODEL:
      g_value_set_string (value, bv_interface_get_model (self));
      break;
    case PROP_BINDING:
      g_value_set_static_string (value, bv_interface_get_binding (self));
      break;
    case PROP_MAC_ADDRESS:
      g_value_set_string (value, bv_interface_get_mac_address (self));
      break;
    case PROP_BOOT_ORDER:
      g_value_set_uint (value, bv_interface_get_boot_order (self));
      break;
    case PROP_STATE:
      g_value_set_string (value, bv_interface_get_state (self));
      break;
    case PROP_NETWORK:
      g_value_set_object (value, bv_interface_get_network (self));
      break;
    case PROP_MIGRATABLE:
      g_value_set_boolean (value, bv_interface_can_migrate (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
bv_interface_finalize (GObject *object)
{
  BvInterfacePrivate *private = bv_interface_get_instance_private (BV_INTERFACE (object));

  g_clear_object (&private->network);
  g_clear_object (&private->vmi);
  G_OBJECT_CLASS (bv_interface_parent_class)->finalize (object);
}

static void
make_card_properties (GParamFlags flags)
{
  /**
   * BvInterface:name:
   *
   * Its name, and that of its network.
   *
   * Since: 1.0
   */
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  /**
   * BvInterface:model:
   *
   * The network card that the guest sees.
   *
   * Since: 1.0
   */
  properties[PROP_MODEL] = g_param_spec_string ("model", NULL, NULL, NULL, flags);
  /**
   * BvInterface:binding:
   *
   * How it is bound to its network, by the manifest's name.
   *
   * Since: 1.0
   */
  properties[PROP_BINDING] = g_param_spec_string ("binding", NULL, NULL, NULL, flags);
  /**
   * BvInterface:mac-address:
   *
   * The MAC address that the manifest gives it.
   *
   * Since: 1.0
   */
  properties[PROP_MAC_ADDRESS] = g_param_spec_string ("mac-address", NULL, NULL, NULL, flags);
}

static void
make_link_properties (GParamFlags flags)
{
  /**
   * BvInterface:boot-order:
   *
   * Its rank among the boot devices; 0 where the guest does not boot from it.
   *
   * Since: 1.0
   */
  properties[PROP_BOOT_ORDER] =
      g_param_spec_uint ("boot-order", NULL, NULL, 0, G_MAXUINT, 0, flags);
  /**
   * BvInterface:state:
   *
   * The state that the manifest wants.
   *
   * Since: 1.0
   */
  properties[PROP_STATE] = g_param_spec_string ("state", NULL, NULL, NULL, flags);
  /**
   * BvInterface:network:
   *
   * What it is plugged into.
   *
   * Since: 1.0
   */
  properties[PROP_NETWORK] = g_param_spec_object ("network", NULL, NULL, BV_TYPE_NETWORK, flags);
  /**
   * BvInterface:migratable:
   *
   * Whether the guest can move to another host with it.
   *
   * Since: 1.0
   */
  properties[PROP_MIGRATABLE] = g_param_spec_boolean ("migratable", NULL, NULL, FALSE, flags);
}

static void
bv_interface_class_init (BvInterfaceClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = bv_interface_get_property;
  object_class->finalize = bv_interface_finalize;
  make_card_properties (flags);
  make_link_properties (flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bv_interface_init (BvInterface *self)
{
}

/* By name, the first of each; a guest can have thousands. */
static GHashTable *
index_networks (const BvApiVirtualMachineInstanceSpec *spec)
{
  GHashTable *networks = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < spec->n_networks; i++)
    if (spec->networks[i]->name != NULL &&
        !g_hash_table_contains (networks, spec->networks[i]->name))
      g_hash_table_insert (networks, (gpointer)spec->networks[i]->name, spec->networks[i]);
  return networks;
}

static BvInterface *
create (BvVmi *vmi, const BvApiInterface *record, const BvInterfaceClass *class,
        GHashTable *networks)
{
  BvInterface *self = g_object_new (G_TYPE_FROM_CLASS (class), NULL);
  BvInterfacePrivate *private = bv_interface_get_instance_private (self);
  const BvApiNetwork *network = NULL;

  if (record->name != NULL)
    network = g_hash_table_lookup (networks, record->name);
  private->vmi = g_object_ref (vmi);
  private->record = record;
  if (network != NULL)
  private->network = bv_network_new (vmi, network);
  return self;
}

/**
 * bv_vmi_get_interfaces:
 * @vmi: a VMI
 *
 * An interface without a binding, which admission refuses, is left out.
 *
 * Returns: (transfer full): its network interfaces, in the manifest's order; a list of
 * [class@Barevirt.Interface]
 *
 * Since: 1.0
 */
GListModel *
bv_vmi_get_interfaces (BvVmi *vmi)
{
  const BvApiDevices *devices = bv_vmi_get_record (vmi)->spec->domain->devices;
  g_autoptr (GHashTable) networks = index_networks (bv_vmi_get_record (vmi)->spec);
  g_autoptr (GListStore) list = g_list_store_new (BV_TYPE_INTERFACE);

  for (guint i = 0; i < devices->n_interfaces; i++)
    {
      const BvInterfaceClass *class = bv_interface_class_of (devices->interfaces[i]);
      g_autoptr (BvInterface) interface = NULL;

      if (class == NULL)
        continue;
      interface = create (vmi, devices->interfaces[i], class, networks);
      g_list_store_append (list, interface);
    }
  return G_LIST_MODEL (g_steal_pointer (&list));
}

/**
 * bv_interface_get_name: (get-property name)
 * @self: an interface
 *
 * Returns: its name
 *
 * Since: 1.0
 */
const char *
bv_interface_get_name (BvInterface *self)
{
  return get_record (self)->name;
}

/**
 * bv_interface_get_model: (get-property model)
 * @self: an interface
 *
 * Returns: the network card that the guest sees; `virtio` where the manifest says none
 *
 * Since: 1.0
 */
const char *
bv_interface_get_model (BvInterface *self)
{
  const char *model = get_record (self)->model;

  return model != NULL && model[0] != '\0' ? model : "virtio";
}

/**
 * bv_interface_get_binding: (get-property binding)
 * @self: an interface
 *
 * Returns: the manifest's name of its binding: `masquerade`, `bridge`, `sriov`,
 * `passtBinding`, `binding` of a plugin, or a discontinued one
 *
 * Since: 1.0
 */
const char *
bv_interface_get_binding (BvInterface *self)
{
  return BV_INTERFACE_GET_CLASS (self)->binding;
}

/**
 * bv_interface_get_mac_address: (get-property mac-address)
 * @self: an interface
 *
 * Returns: (nullable): the MAC address that the manifest gives it
 *
 * Since: 1.0
 */
const char *
bv_interface_get_mac_address (BvInterface *self)
{
  return get_record (self)->mac_address;
}

/**
 * bv_interface_get_boot_order: (get-property boot-order)
 * @self: an interface
 *
 * Returns: its rank among the boot devices, or 0
 *
 * Since: 1.0
 */
guint
bv_interface_get_boot_order (BvInterface *self)
{
  return (guint)CLAMP (get_record (self)->boot_order, 0, G_MAXUINT);
}

/**
 * bv_interface_get_state: (get-property state)
 * @self: an interface
 *
 * Returns: `up`, `down` or `absent`; `up` where the manifest says none
 *
 * Since: 1.0
 */
const char *
bv_interface_get_state (BvInterface *self)
{
  const char *state = get_record (self)->state;

  return state != NULL && state[0] != '\0' ? state : "up";
}

/**
 * bv_interface_get_network: (get-property network)
 * @self: an interface
 *
 * Returns: (transfer none) (nullable): what it is plugged into; %NULL where the manifest has no
 * network of its name, which admission refuses
 *
 * Since: 1.0
 */
BvNetwork *
bv_interface_get_network (BvInterface *self)
{
  const BvInterfacePrivate *private = bv_interface_get_instance_private (self);

  return private->network;
}

/**
 * bv_interface_can_migrate: (get-property migratable)
 * @self: an interface
 *
 * Returns: whether the guest can move to another host with it
 *
 * Since: 1.0
 */
gboolean
bv_interface_can_migrate (BvInterface *self)
{
  const BvInterfacePrivate *private = bv_interface_get_instance_private (self);

  return bv_interface_record_can_migrate (private->record, bv_vmi_get_record (private->vmi));
}
