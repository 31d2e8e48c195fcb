/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-convert.h"
#include "model/bv-error.h"
#include "model/bv-manifest.h"
#include "model/bv-record-index.h"
#include "network/bv-interface.h"

#define MANY 1000
#define HEAD "apiVersion: kubevirt.io/v1\nkind: VirtualMachineInstance\nmetadata:\n  name: guest\n"

static BvVmi *
read_vmi (const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (BvManifest) manifest =
      bv_manifest_new_from_bytes (bytes, "guest.yaml", BV_MANIFEST_NONE);

  g_assert_true (bv_manifest_is_valid (manifest));
  return g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
}

/* A VMI with one interface on one network. */
static BvVmi *
create_vmi (const char *metadata, const char *interface, const char *network)
{
  g_autofree char *text = g_strdup_printf (
      HEAD
      "%sspec:\n  domain: {devices: {interfaces: [{name: a, %s}]}}\n  networks: [{name: a, %s}]\n",
      metadata, interface, network);

  return read_vmi (text);
}

static BvInterface *
first_interface (BvVmi *vmi)
{
  g_autoptr (GListModel) interfaces = bv_vmi_get_interfaces (vmi);

  return g_list_model_get_item (interfaces, 0);
}

static void
test_properties (void)
{
  g_autoptr (BvVmi) vmi =
      create_vmi ("",
                  "bridge: {}, model: e1000, macAddress: '02:00:00:00:00:01', bootOrder: 3, "
                  "state: down",
                  "multus: {networkName: other/lan}");
  g_autoptr (BvInterface) interface = first_interface (vmi);
  g_autofree char *name = NULL, *model = NULL, *binding = NULL, *mac = NULL, *state = NULL;
  g_autofree char *source = NULL, *definition = NULL;
  g_autoptr (BvNetwork) network = NULL;
  guint boot_order;
  gboolean migratable, is_default;

  g_object_get (interface, "name", &name, "model", &model, "binding", &binding, "mac-address", &mac,
                "boot-order", &boot_order, "state", &state, "network", &network, "migratable",
                &migratable, NULL);
  g_assert_cmpstr (name, ==, "a");
  g_assert_cmpstr (model, ==, "e1000");
  g_assert_cmpstr (binding, ==, "bridge");
  g_assert_cmpstr (mac, ==, "02:00:00:00:00:01");
  g_assert_cmpuint (boot_order, ==, 3);
  g_assert_cmpstr (state, ==, "down");
  g_assert_true (migratable);
  g_object_get (network, "source", &source, "definition", &definition, "default", &is_default,
                NULL);
  g_assert_cmpstr (bv_network_get_name (network), ==, "a");
  g_assert_cmpstr (source, ==, "multus");
  g_assert_cmpstr (definition, ==, "other/lan");
  g_assert_false (is_default);
}

static void
test_defaults (void)
{
  g_autoptr (BvVmi) vmi = create_vmi ("", "masquerade: {}", "pod: {}");
  g_autoptr (BvInterface) interface = first_interface (vmi);

  g_assert_cmpstr (bv_interface_get_model (interface), ==, "virtio");
  g_assert_cmpstr (bv_interface_get_state (interface), ==, "up");
  g_assert_null (bv_interface_get_mac_address (interface));
  g_assert_cmpuint (bv_interface_get_boot_order (interface), ==, 0);
  g_assert_true (bv_network_is_default (bv_interface_get_network (interface)));
  g_assert_null (bv_network_get_definition (bv_interface_get_network (interface)));
}

static void
test_lists (void)
{
  BvVmi *vmi = read_vmi (HEAD "spec:\n"
                              "  domain: {devices: {interfaces: [{name: a, masquerade: {}}, "
                              "{name: b}, {name: c, sriov: {}}]}}\n"
                              "  networks: [{name: a, pod: {}}, {name: b, pod: {}}]\n");
  g_autoptr (GListModel) interfaces = bv_vmi_get_interfaces (vmi);
  g_autoptr (GListModel) networks = bv_vmi_get_networks (vmi);
  g_autoptr (BvInterface) last = g_list_model_get_item (interfaces, 1);

  /* The items keep what they tell of. */
  g_object_unref (vmi);
  g_assert_true (g_list_model_get_item_type (interfaces) == BV_TYPE_INTERFACE);
  g_assert_cmpuint (g_list_model_get_n_items (interfaces), ==, 2);
  g_assert_cmpuint (g_list_model_get_n_items (networks), ==, 2);
  g_assert_cmpstr (bv_interface_get_name (last), ==, "c");
  g_assert_cmpstr (bv_interface_get_binding (last), ==, "sriov");
  g_assert_null (bv_interface_get_network (last));
}

typedef struct
{
  const char *name;
  const char *metadata;
  const char *interface;
  const char *network;
  gboolean migrates;
} Migration;

static const Migration migrations[] = {
  { "masquerade", "", "masquerade: {}", "pod: {}", TRUE },
  { "passt", "", "passtBinding: {}", "pod: {}", TRUE },
  { "sriov", "", "sriov: {}", "multus: {networkName: lan}", TRUE },
  { "bridge", "", "bridge: {}", "multus: {networkName: lan}", TRUE },
  { "pod-bridge", "", "bridge: {}", "pod: {}", FALSE },
  { "pod-bridge-allowed",
    "  annotations: {kubevirt.io/allow-pod-bridge-network-live-migration: ''}\n", "bridge: {}",
    "pod: {}", TRUE },
  { "plugin", "", "binding: {name: p}", "multus: {networkName: lan}", TRUE },
  { "pod-plugin", "", "binding: {name: p}", "pod: {}", FALSE },
  { "slirp", "", "slirp: {}", "pod: {}", FALSE },
};

static void
test_migration (gconstpointer data)
{
  const Migration *migration = data;
  g_autoptr (BvVmi) vmi =
      create_vmi (migration->metadata, migration->interface, migration->network);
  g_autoptr (BvInterface) interface = first_interface (vmi);

  g_assert_cmpint (bv_interface_can_migrate (interface), ==, migration->migrates);
}

typedef struct
{
  const char *name;
  const char *interface;
  const char *facts;
  int code;
  const char *words;
} Refusal;

static const Refusal refusals[] = {
  { "slirp", "slirp: {}", "{attachment: tap}", BV_ERROR_NOT_SUPPORTED, "use “masquerade”" },
  { "macvtap", "macvtap: {}", "{attachment: tap}", BV_ERROR_NOT_SUPPORTED, "use “bridge”" },
  { "passt", "passt: {}", "{attachment: tap}", BV_ERROR_NOT_SUPPORTED, "use “passtBinding”" },
  { "no-binding", "model: virtio", "{attachment: tap}", BV_ERROR_INVALID_MANIFEST, "no binding" },
  { "unnamed-bridge", "bridge: {}", "{attachment: bridge}", BV_ERROR_INVALID_ARGUMENT,
    "interface a of VMI guest" },
  { "pci-address", "sriov: {}, pciAddress: x", "{attachment: hostdev, address: '0000:81:11.1'}",
    BV_ERROR_INVALID_MANIFEST, "interface a of VMI guest" },
  { "no-virtual-function", "sriov: {}", "{}", BV_ERROR_UNSCHEDULABLE, "interface a" },
};

/* What admission would have refused, or what the facts lack. */
static void
test_refusal (gconstpointer data)
{
  const Refusal *refusal = data;
  g_autoptr (BvVmi) vmi = create_vmi ("", refusal->interface, "pod: {}");
  g_autofree char *json =
      g_strdup_printf ("{hypervisorDeviceAvailable: true, networks: {a: %s}}", refusal->facts);
  g_autoptr (GError) error = NULL;
  g_autoptr (BvContext) context = bv_context_new_from_json (json, &error);

  g_assert_no_error (error);
  g_assert_null (bv_vmi_convert_to_xml (vmi, context, &error));
  g_assert_error (error, BV_ERROR, refusal->code);
  g_assert_nonnull (strstr (error->message, refusal->words));
}

/* Each finds the network of its name, the first where there are two. */
static void
test_many (void)
{
  g_autoptr (GString) text = g_string_new (HEAD "spec:\n  domain:\n    devices:\n"
                                                "      interfaces:\n");
  g_autoptr (BvVmi) vmi = NULL;
  g_autoptr (GListModel) interfaces = NULL;

  for (guint i = 0; i < MANY; i++)
    g_string_append_printf (text, "      - {name: n%u, bridge: {}}\n", MANY - i);
  g_string_append (text, "  networks:\n");
  for (guint i = 0; i < MANY; i++)
    g_string_append_printf (text, "  - {name: n%u, multus: {networkName: d%u}}\n", i, i);
  g_string_append (text, "  - {name: n1, multus: {networkName: other}}\n");
  vmi = read_vmi (text->str);
  interfaces = bv_vmi_get_interfaces (vmi);
  g_assert_cmpuint (g_list_model_get_n_items (interfaces), ==, MANY);
  for (guint i = 0; i < MANY; i++)
    {
      g_autoptr (BvInterface) interface = g_list_model_get_item (interfaces, i);
      g_autofree char *definition = g_strdup_printf ("d%u", MANY - i);
      BvNetwork *network = bv_interface_get_network (interface);

      /* The first is called n1000, which no network is. */
      if (i == 0)
        g_assert_null (network);
      else
        g_assert_cmpstr (bv_network_get_definition (network), ==, definition);
    }
}

/* A manifest with faults gives objects too. */
static void
test_nameless (void)
{
  static const char text[] = HEAD "spec: {domain: {devices: {interfaces: [{bridge: {}}]}}}\n";
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr (BvManifest) manifest =
      bv_manifest_new_from_bytes (bytes, "guest.yaml", BV_MANIFEST_NONE);
  g_autoptr (BvVmi) vmi = g_list_model_get_item (bv_manifest_get_objects (manifest), 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (BvContext) context = bv_context_new_from_json (
      "{hypervisorDeviceAvailable: true, networks: {a: {attachment: tap}}}", &error);
  g_autofree char *xml = NULL;

  g_assert_no_error (error);
  g_assert_false (bv_manifest_is_valid (manifest));
  xml = bv_vmi_convert_to_xml (vmi, context, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (xml, "<interface"));
}

/* Few are looked at one by one, many are hashed; both find the same. */
static void
test_record_index (void)
{
  BvRecordPair pairs[20] = { { NULL } };
  char keys[G_N_ELEMENTS (pairs)][8];

  for (guint n = 0; n <= G_N_ELEMENTS (pairs); n++)
    {
      g_auto (BvRecordIndex) index = { NULL };

      if (n > 0)
        {
          g_snprintf (keys[n - 1], sizeof keys[0], "key%u", n);
          pairs[n - 1] = (BvRecordPair){ .key = keys[n - 1], .record = keys[n - 1] };
        }
      bv_record_index_init (&index, pairs, n);
      for (guint i = 0; i < n; i++)
        g_assert_true (bv_record_index_find (&index, keys[i]) == keys[i]);
      g_assert_null (bv_record_index_find (&index, "other"));
      g_assert_null (bv_record_index_find (&index, NULL));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/interface/properties", test_properties);
  g_test_add_func ("/interface/defaults", test_defaults);
  g_test_add_func ("/interface/lists", test_lists);
  for (gsize i = 0; i < G_N_ELEMENTS (migrations); i++)
    {
      g_autofree char *path = g_strconcat ("/interface/migration/", migrations[i].name, NULL);

      g_test_add_data_func (path, &migrations[i], test_migration);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree char *path = g_strconcat ("/interface/refusal/", refusals[i].name, NULL);

      g_test_add_data_func (path, &refusals[i], test_refusal);
    }
  g_test_add_func ("/interface/many", test_many);
  g_test_add_func ("/interface/nameless", test_nameless);
  g_test_add_func ("/interface/record-index", test_record_index);
  return g_test_run ();
}
