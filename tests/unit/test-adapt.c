/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "adapt/bv-adapt.h"
#include "bv-autocleanups.h"
#include "model/bv-error.h"

#define BOOKWORM                                                                                   \
  {                                                                                                \
    9000000, 7002022                                                                               \
  }
#define CURRENT                                                                                    \
  {                                                                                                \
    11006000, 10001000                                                                             \
  }

typedef struct
{
  const char *name;
  BvAdaptTarget target;
  const char *before;
  const char *after; /* NULL: refused */
  guint n_changes;
} Case;

static const Case cases[] = {
  { "empty-bios", CURRENT, "<domain type='kvm'><sysinfo><bios/></sysinfo></domain>",
    "<domain type=\"kvm\">\n  <sysinfo/>\n</domain>", 1 },
  { "block-name", CURRENT,
    "<domain type='kvm'><devices><disk><source dev='/dev/a' name='a'/></disk></devices></domain>",
    "<domain type=\"kvm\">\n  <devices>\n    <disk>\n      <source dev=\"/dev/a\"/>\n    </disk>\n "
    " </devices>\n</domain>",
    1 },
  { "network-name", CURRENT,
    "<domain type='kvm'><devices><disk><source name='a'/></disk></devices></domain>",
    "<domain type=\"kvm\">\n  <devices>\n    <disk>\n      <source name=\"a\"/>\n    </disk>\n  "
    "</devices>\n</domain>",
    0 },
  { "io-threads", BOOKWORM,
    "<domain type='kvm'><devices><disk><driver><iothreads><iothread id='1'/><iothread "
    "id='2'/></iothreads></driver></disk>"
    "<disk><driver><iothreads><iothread id='1'/><iothread "
    "id='2'/></iothreads></driver></disk></devices></domain>",
    "<domain type=\"kvm\">\n  <devices>\n    <disk>\n      <driver iothread=\"1\"/>\n    </disk>\n "
    "   <disk>\n"
    "      <driver iothread=\"2\"/>\n    </disk>\n  </devices>\n</domain>",
    2 },
  { "io-threads-known", CURRENT,
    "<domain type='kvm'><devices><disk><driver><iothreads/></driver></disk></devices></domain>",
    "<domain type=\"kvm\">\n  <devices>\n    <disk>\n      <driver>\n        <iothreads/>\n      "
    "</driver>\n    </disk>\n"
    "  </devices>\n</domain>",
    0 },
  { "slots", BOOKWORM,
    "<domain type='kvm'><memory unit='b'>5</memory><vcpu>4</vcpu><maxMemory "
    "slots='0'>9</maxMemory></domain>",
    "<domain type=\"kvm\">\n  <memory unit=\"b\">5</memory>\n  <vcpu>4</vcpu>\n  <maxMemory "
    "slots=\"1\">9</maxMemory>\n"
    "  <cpu>\n    <numa>\n      <cell id=\"0\" cpus=\"0-3\" memory=\"5\" unit=\"b\"/>\n    "
    "</numa>\n  </cpu>\n</domain>",
    2 },
  { "hyperv-emulated", BOOKWORM, "<domain type='qemu'><features><hyperv/></features></domain>",
    "<domain type=\"qemu\">\n  <features/>\n</domain>", 1 },
  { "hyperv", BOOKWORM, "<domain type='kvm'><features><hyperv/></features></domain>",
    "<domain type=\"kvm\">\n  <features>\n    <hyperv/>\n  </features>\n</domain>", 0 },
  { "policy", CURRENT,
    "<domain type='kvm'><cpu><feature name='a'/><feature name='b' "
    "policy='disable'/></cpu></domain>",
    "<domain type=\"kvm\">\n  <cpu>\n    <feature name=\"a\" policy=\"require\"/>\n"
    "    <feature name=\"b\" policy=\"disable\"/>\n  </cpu>\n</domain>",
    1 },
  { "host-cpu-emulated", CURRENT, "<domain type='qemu'><cpu mode='host-passthrough'/></domain>",
    "<domain type=\"qemu\">\n  <cpu mode=\"maximum\"/>\n</domain>", 1 },
  { "panic-twice", BOOKWORM,
    "<domain type='kvm'><devices><panic model='isa'/><panic model='pvpanic'/></devices></domain>",
    "<domain type=\"kvm\">\n  <devices>\n    <panic model=\"isa\"/>\n  </devices>\n</domain>", 1 },
  { "passt", BOOKWORM,
    "<domain type='kvm'><devices><interface type='vhostuser'><source dev='e'/><backend "
    "type='passt'/><portForward/>"
    "</interface></devices></domain>",
    "<domain type=\"kvm\">\n  <devices>\n    <interface type=\"user\"/>\n  </devices>\n</domain>",
    2 },
  { "usb-hostdev", CURRENT,
    "<domain type='kvm'><devices><hostdev type='usb'/><controller type='usb' "
    "model='none'/></devices></domain>",
    "<domain type=\"kvm\">\n  <devices>\n    <hostdev type=\"usb\"/>\n    <controller type=\"usb\" "
    "model=\"qemu-xhci\"/>\n"
    "  </devices>\n</domain>",
    1 },
  { "usb-cdrom", CURRENT,
    "<domain type='kvm'><devices><disk><target bus='usb'/></disk><controller type='usb' "
    "model='none'/></devices></domain>",
    "<domain type=\"kvm\">\n  <devices>\n    <disk>\n      <target bus=\"usb\"/>\n    </disk>\n"
    "    <controller type=\"usb\" model=\"qemu-xhci\"/>\n  </devices>\n</domain>",
    1 },
  { "usb-none", CURRENT,
    "<domain type='kvm'><devices><disk><target bus='sata'/></disk><controller type='usb' "
    "model='none'/></devices></domain>",
    "<domain type=\"kvm\">\n  <devices>\n    <disk>\n      <target bus=\"sata\"/>\n    </disk>\n"
    "    <controller type=\"usb\" model=\"none\"/>\n  </devices>\n</domain>",
    0 },
  { "backing-name", CURRENT,
    "<domain type='kvm'><devices><disk><backingStore><source dev='/dev/a' "
    "name='a'/></backingStore></disk></devices></domain>",
    "<domain type=\"kvm\">\n  <devices>\n    <disk>\n      <backingStore>\n        <source "
    "dev=\"/dev/a\"/>\n      </backingStore>\n    </disk>\n  </devices>\n</domain>",
    1 },
  { "nvram-format", BOOKWORM, "<domain type='kvm'><os><nvram format='raw'>/n</nvram></os></domain>",
    "<domain type=\"kvm\">\n  <os>\n    <nvram>/n</nvram>\n  </os>\n</domain>", 1 },
  { "nvram-format-known", CURRENT,
    "<domain type='kvm'><os><nvram format='raw'>/n</nvram></os></domain>",
    "<domain type=\"kvm\">\n  <os>\n    <nvram format=\"raw\">/n</nvram>\n  </os>\n</domain>", 0 },
  { "lun-file", CURRENT,
    "<domain type='kvm'><devices><disk type='file' device='lun'/></devices></domain>", NULL, 0 },
  { "lun-block", CURRENT,
    "<domain type='kvm'><devices><disk type='block' device='lun'/></devices></domain>",
    "<domain type=\"kvm\">\n  <devices>\n    <disk type=\"block\" device=\"lun\"/>\n  "
    "</devices>\n</domain>",
    0 },
  { "clock", CURRENT, "<domain type='kvm'><clock/></domain>",
    "<domain type=\"kvm\">\n  <clock offset=\"utc\"/>\n</domain>", 1 },
  { "clock-offset", CURRENT, "<domain type='kvm'><clock offset='timezone'/></domain>",
    "<domain type=\"kvm\">\n  <clock offset=\"timezone\"/>\n</domain>", 0 },
  { "pci-display", BOOKWORM,
    "<domain type='kvm'><devices><hostdev type='pci' display='on' ramfb='on'/><hostdev type='mdev' "
    "display='on'/></devices></domain>",
    "<domain type=\"kvm\">\n  <devices>\n    <hostdev type=\"pci\"/>\n    <hostdev type=\"mdev\" "
    "display=\"on\"/>\n  </devices>\n</domain>",
    1 },
  { "snp", BOOKWORM, "<domain type='kvm'><launchSecurity type='sev-snp'/></domain>", NULL, 0 },
  { "snp-known", CURRENT, "<domain type='kvm'><launchSecurity type='sev-snp'/></domain>",
    "<domain type=\"kvm\">\n  <launchSecurity type=\"sev-snp\"/>\n</domain>", 0 },
};

static void
test_case (gconstpointer data)
{
  const Case *row = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVirConfigDomain) domain = gvir_config_domain_new_from_xml (row->before, &error);
  g_autoptr (GPtrArray) changes = NULL;
  g_autofree char *after = NULL;

  g_assert_no_error (error);
  if (row->after == NULL)
    {
      g_assert_false (bv_adapt_domain (domain, &row->target, &changes, &error));
      g_assert_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED);
      return;
    }
  g_assert_true (bv_adapt_domain (domain, &row->target, &changes, &error));
  g_assert_no_error (error);
  after = gvir_config_object_to_xml (GVIR_CONFIG_OBJECT (domain));
  g_assert_cmpstr (after, ==, row->after);
  g_assert_cmpuint (changes->len, ==, row->n_changes);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/adapt/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  return g_test_run ();
}
