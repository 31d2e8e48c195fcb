/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "host/bv-resolve.h"
#include "model/bv-error.h"
#include "runtime/live/bv-change-rules.h"
#include "runtime/live/bv-live-host-devices.h"
#include "schedule-fixture.h"

/* Devices of the host that a running guest gets and loses: what of a template it follows, what the
 * guest lacks, what is reserved, and what libvirt is given. */

#define SPEC(lists) "{domain: {memory: {guest: 64Mi}, devices: {" lists "}}}"
#define DEVICES(list) SPEC ("hostDevices: [" list "]")
#define GPUS(list) SPEC ("gpus: [" list "]")
#define A "{name: a, deviceName: me/stick}"
#define B "{name: b, deviceName: me/nic}"
#define CLAIMED "{name: c, claimName: c, requestName: r}"
#define GPU "{name: g, deviceName: nvidia.com/GRID}"
#define SHOWN                                                                                      \
  "{name: g, deviceName: nvidia.com/GRID, virtualGPUOptions: {display: {enabled: true}}}"
#define ALIAS(name) "<hostdev><alias name='ua-" name "'/></hostdev>"

typedef struct
{
  const char *name;
  const char *spec; /* of what runs, and what is wanted */
  const char *wanted;
  gboolean changed;
  gboolean needs_restart;
} Case;

static const Case cases[] = {
  { "the same", DEVICES (A), DEVICES (A), FALSE, FALSE },
  { "one comes", DEVICES (A), DEVICES (A ", " B), TRUE, FALSE },
  { "one comes first", DEVICES (A), DEVICES (B ", " A), TRUE, FALSE },
  { "the first comes", DEVICES (""), DEVICES (A), TRUE, FALSE },
  { "one goes", DEVICES (A ", " B), DEVICES (B), TRUE, FALSE },
  { "all go", DEVICES (A ", " B), DEVICES (""), TRUE, FALSE },
  { "one for another", DEVICES (A), DEVICES (B), TRUE, FALSE },
  { "another resource", DEVICES (A), DEVICES ("{name: a, deviceName: me/nic}"), FALSE, TRUE },
  { "one by a claim comes", DEVICES (A), DEVICES (A ", " CLAIMED), FALSE, TRUE },
  { "a gpu comes", GPUS (""), GPUS (GPU), TRUE, FALSE },
  { "a gpu goes", GPUS (GPU), GPUS (""), TRUE, FALSE },
  { "a display comes", GPUS (""), GPUS (SHOWN), FALSE, TRUE },
  { "a display goes", GPUS (SHOWN), GPUS (""), FALSE, TRUE },
};

static void
test_carry (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (BvPolicy) policy = bv_policy_new ();
      g_autoptr (BvVmi) vmi = schedule_make_vmi (cases[i].spec);
      g_autoptr (BvObject) before = bv_object_copy (BV_OBJECT (vmi));
      g_autoptr (BvVmi) wanted = schedule_make_vmi (cases[i].wanted);

      g_test_message ("%s", cases[i].name);
      g_assert_cmpint (bv_live_update_carry (vmi, wanted, policy, NULL), ==, cases[i].changed);
      g_assert_cmpint (bv_object_equal (BV_OBJECT (vmi), before), ==, !cases[i].changed);
      g_assert_cmpint (bv_change_rules_need_restart (BV_OBJECT (vmi), BV_OBJECT (wanted)), ==,
                       cases[i].needs_restart);
      g_assert_false (bv_live_update_carry (vmi, wanted, policy, NULL));
    }
}

static void
test_view (void)
{
  static const struct
  {
    const char *spec;
    const char *in_domain;
    const char *reserved;
    gboolean wanted;
  } rows[] = {
    { DEVICES (A), ALIAS ("hostdevice-a"), "a", FALSE },
    { DEVICES (A), "", "a", TRUE },
    { DEVICES (A), ALIAS ("hostdevice-a"), "b", TRUE },
    { DEVICES (A), ALIAS ("gpu-a"), "a", TRUE },
    { DEVICES (""), ALIAS ("hostdevice-a"), "a", TRUE },
    { DEVICES (""), ALIAS ("sriov-a"), "a", FALSE },
    { DEVICES (CLAIMED), "", "a", FALSE },
    { GPUS (GPU), "", "g", TRUE },
    { GPUS (GPU), ALIAS ("gpu-g"), "g", FALSE },
    { GPUS (SHOWN), "", "g", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (BvVmi) vmi = schedule_make_vmi (rows[i].spec);
      g_autoptr (BvVmiStatus) status = bv_vmi_status_new ();
      g_autoptr (BvDomainInfo) domain = bv_domain_info_new ("one", "uuid");
      const BvLiveView view = { bv_vmi_get_record (vmi)->spec, status, domain };
      g_autofree char *xml =
          g_strconcat ("<domain><devices>", rows[i].in_domain, "</devices></domain>", NULL);

      g_assert_true (bv_domain_info_read_xml (domain, xml, NULL));
      status->reservation = bv_reservation_new ();
      bv_reservation_add_device (status->reservation, rows[i].reserved, "node", "usb", "1:4", -1);
      g_test_message ("%s %s", rows[i].spec, rows[i].in_domain);
      g_assert_cmpint (bv_live_host_devices.is_wanted (&view), ==, rows[i].wanted);
    }
}

/* What is reserved and printed for the only device of SPEC. */

static gboolean
fill (GPtrArray *taken, BvReservation *reservation, gpointer data, GError **error)
{
  bv_reservation_add_device (reservation, "a", "usb_1_4", "usb", "1:4", -1);
  bv_reservation_add_device (reservation, "b", "pci_0000_65_00_0", "pci", "0000:65:00.0", 1);
  bv_reservation_add_device (reservation, "g", "mdev_1", "mdev",
                             "c2177883-f1bb-47f0-914d-32a22e3a8804", -1);
  return TRUE;
}

static char *
print (const char *spec, BvReservations *reservations)
{
  g_autoptr (BvVmi) vmi = schedule_make_vmi (spec);
  g_autoptr (BvHostFacts) facts = schedule_make_facts ();
  g_autoptr (BvReservation) reservation =
      bv_reservations_reserve (reservations, "uid", fill, NULL, NULL);
  const BvVolumeWork work = {
    .vmi = vmi, .uid = "uid", .facts = facts, .reservations = reservations
  };
  g_autoptr (GError) error = NULL;
  char *xml = bv_resolve_device (&work, bv_vmi_get_record (vmi)->spec->domain->devices, &error);

  g_assert_no_error (error);
  return xml;
}

static void
test_print (void)
{
  static const struct
  {
    const char *spec;
    const char *parts[4];
  } rows[] = {
    { DEVICES (A), { "type=\"usb\"", "bus=\"1\" device=\"4\"", "\"ua-hostdevice-a\"", "managed" } },
    { DEVICES (B),
      { "type=\"pci\"", "bus=\"0x65\" slot=\"0x00\"", "\"ua-hostdevice-b\"", "managed=\"no\"" } },
    { GPUS (GPU),
      { "type=\"mdev\"", "uuid=\"c2177883-f1bb-47f0-914d-32a22e3a8804\"", "\"ua-gpu-g\"",
        "model=\"vfio-pci\"" } },
  };
  g_autoptr (BvReservations) reservations = bv_reservations_new ();

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *xml = print (rows[i].spec, reservations);

      g_test_message ("%s", xml);
      for (guint j = 0; j < G_N_ELEMENTS (rows[i].parts); j++)
        g_assert_nonnull (strstr (xml, rows[i].parts[j]));
      /* A guest that runs gets no display. */
      g_assert_null (strstr (xml, "display"));
    }
}

static void
test_leave (void)
{
  g_autoptr (BvReservations) reservations = bv_reservations_new ();
  g_autoptr (BvReservation) before =
      bv_reservations_reserve (reservations, "uid", fill, NULL, NULL);
  const BvVolumeWork work = { .uid = "uid", .reservations = reservations };
  g_autoptr (BvReservation) after = NULL;

  bv_resolve_leave_device (&work, "b");
  after = bv_reservations_get (reservations, "uid");
  g_assert_cmpuint (before->devices->len, ==, 3);
  g_assert_cmpuint (after->devices->len, ==, 2);
  g_assert_null (bv_reservation_find_device (after, "b"));
  g_assert_nonnull (bv_reservation_find_device (after, "g"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/live-host-devices/carry", test_carry);
  g_test_add_func ("/live-host-devices/view", test_view);
  g_test_add_func ("/live-host-devices/print", test_print);
  g_test_add_func ("/live-host-devices/leave", test_leave);
  return g_test_run ();
}
