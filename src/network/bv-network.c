/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "network/bv-network-private.h"

#include "model/bv-vmi-private.h"

/**
 * BvNetwork:
 *
 * A network of a VMI: what an interface of the same name is plugged into. It tells how the manifest
 * stands when the list is made, and does not change.
 *
 * Since: 1.0
 */
struct _BvNetwork
{
  GObject parent_instance;

  BvVmi *vmi; /* keeps the record */
  const BvApiNetwork *record;
};

G_DEFINE_FINAL_TYPE (BvNetwork, bv_network, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_NAME,
  PROP_SOURCE,
  PROP_DEFINITION,
  PROP_DEFAULT,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void
bv_network_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BvNetwork *self = BV_NETWORK (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, bv_network_get_name (self));
      break;
    case PROP_SOURCE:
      g_value_set_static_string (value, bv_network_get_source (self));
      break;
    case PROP_DEFINITION:
      g_value_set_string (value, bv_network_get_definition (self));
      break;
    case PROP_DEFAULT:
      g_value_set_boolean (value, bv_network_is_default (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
bv_network_finalize (GObject *object)
{
  BvNetwork *self = BV_NETWORK (object);

  g_clear_object (&self->vmi);
  G_OBJECT_CLASS (bv_network_parent_class)->finalize (object);
}

static void
bv_network_class_init (BvNetworkClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = bv_network_get_property;
  object_class->finalize = bv_network_finalize;
  /**
   * BvNetwork:name:
   *
   * Its name, and that of the interface that is plugged into it.
   *
   * Since: 1.0
   */
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  /**
   * BvNetwork:source:
   *
   * What kind of network it is: `pod`, `multus` or `resourceClaim`.
   *
   * Since: 1.0
   */
  properties[PROP_SOURCE] = g_param_spec_string ("source", NULL, NULL, NULL, flags);
  /**
   * BvNetwork:definition:
   *
   * The NetworkAttachmentDefinition of a `multus` network.
   *
   * Since: 1.0
   */
  properties[PROP_DEFINITION] = g_param_spec_string ("definition", NULL, NULL, NULL, flags);
  /**
   * BvNetwork:default:
   *
   * Whether it is the guest's default network.
   *
   * Since: 1.0
   */
  properties[PROP_DEFAULT] = g_param_spec_boolean ("default", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bv_network_init (BvNetwork *self)
{
}

BvNetwork *
bv_network_new (BvVmi *vmi, const BvApiNetwork *record)
{
  BvNetwork *self = g_object_new (BV_TYPE_NETWORK, NULL);

  self->vmi = g_object_ref (vmi);
  self->record = record;
  return self;
}

const BvApiNetwork *
bv_network_find_record (const BvApiVirtualMachineInstanceSpec *spec, const char *name)
{
  for (guint i = 0; i < spec->n_networks; i++)
    if (g_strcmp0 (spec->networks[i]->name, name) == 0)
      return spec->networks[i];
  return NULL;
}

/* The pod network, or the multus network that stands in for it. */
static gboolean
record_is_default (const BvApiNetwork *record)
{
  return record->pod != NULL || (record->multus != NULL && record->multus->default_);
}

/**
 * bv_vmi_get_networks:
 * @vmi: a VMI
 *
 * Returns: (transfer full): the networks that it asks for, in the manifest's order; a list of
 * [class@Barevirt.Network]
 *
 * Since: 1.0
 */
GListModel *
bv_vmi_get_networks (BvVmi *vmi)
{
  const BvApiVirtualMachineInstanceSpec *spec = bv_vmi_get_record (vmi)->spec;
  g_autoptr (GListStore) list = g_list_store_new (BV_TYPE_NETWORK);

  for (guint i = 0; i < spec->n_networks; i++)
    {
      g_autoptr (BvNetwork) network = bv_network_new (vmi, spec->networks[i]);

      g_list_store_append (list, network);
    }
  return G_LIST_MODEL (g_steal_pointer (&list));
}

/**
 * bv_network_get_name: (get-property name)
 * @self: a network
 *
 * Returns: its name
 *
 * Since: 1.0
 */
const char *
bv_network_get_name (BvNetwork *self)
{
  return self->record->name;
}

/**
 * bv_network_get_source: (get-property source)
 * @self: a network
 *
 * Returns: (nullable): `pod`, `multus` or `resourceClaim`; %NULL where the manifest says none,
 * which admission refuses
 *
 * Since: 1.0
 */
const char *
bv_network_get_source (BvNetwork *self)
{
  const struct
  {
    const char *name;
    gconstpointer record;
  } sources[] = {
    { "pod", self->record->pod },
    { "multus", self->record->multus },
    { "resourceClaim", self->record->resource_claim },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    if (sources[i].record != NULL)
      return sources[i].name;
  return NULL;
}

/**
 * bv_network_get_definition: (get-property definition)
 * @self: a network
 *
 * Returns: (nullable): the name of the NetworkAttachmentDefinition of a `multus` network, with
 * its namespace before it where the manifest says one
 *
 * Since: 1.0
 */
const char *
bv_network_get_definition (BvNetwork *self)
{
  return self->record->multus != NULL ? self->record->multus->network_name : NULL;
}

/**
 * bv_network_is_default: (get-property default)
 * @self: a network
 *
 * Returns: whether it is the guest's default network
 *
 * Since: 1.0
 */
gboolean
bv_network_is_default (BvNetwork *self)
{
  return record_is_default (self->record);
}
