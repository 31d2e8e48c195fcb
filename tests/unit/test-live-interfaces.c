/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "live-cases.h"
#include "runtime/live/bv-live-interfaces.h"

/* What of a template's interfaces a running guest follows, and what is left for a restart. */

#define POD_CARD "{name: default, masquerade: {}}"
#define POD_CARD_IN(state) "{name: default, masquerade: {}, state: " state "}"
#define POD "{name: default, pod: {}}"
#define CARD(name) "{name: " name ", bridge: {}}"
#define CARD_IN(name, state) "{name: " name ", bridge: {}, state: " state "}"
#define NET(name) "{name: " name ", multus: {networkName: back}}"

static const LiveLists lists = { "interfaces", "networks" };

static const LiveCase cases[] = {
  { "the same", POD_CARD, POD, POD_CARD, POD, FALSE, FALSE },
  { "a link goes down", POD_CARD, POD, POD_CARD_IN ("down"), POD, TRUE, FALSE },
  { "a link comes up", POD_CARD_IN ("down"), POD, POD_CARD_IN ("up"), POD, TRUE, FALSE },
  { "a link is said no more", POD_CARD_IN ("down"), POD, POD_CARD, POD, TRUE, FALSE },
  { "an interface comes", POD_CARD, POD, POD_CARD ", " CARD ("a"), POD ", " NET ("a"), TRUE,
    FALSE },
  { "an interface comes first", POD_CARD, POD, CARD ("a") ", " POD_CARD, NET ("a") ", " POD, TRUE,
    FALSE },
  { "two come", POD_CARD, POD, CARD ("b") ", " POD_CARD ", " CARD ("a"),
    POD ", " NET ("a") ", " NET ("b"), TRUE, FALSE },
  { "one comes down", POD_CARD, POD, POD_CARD ", " CARD_IN ("a", "down"), POD ", " NET ("a"), TRUE,
    FALSE },
  { "one is unplugged", POD_CARD ", " CARD ("a"), POD ", " NET ("a"),
    POD_CARD ", " CARD_IN ("a", "absent"), POD ", " NET ("a"), TRUE, FALSE },
  { "one is plugged in again", POD_CARD ", " CARD_IN ("a", "absent"), POD ", " NET ("a"),
    POD_CARD ", " CARD ("a"), POD ", " NET ("a"), TRUE, FALSE },
  { "one that was unplugged is forgotten", POD_CARD ", " CARD_IN ("a", "absent"),
    POD ", " NET ("a"), POD_CARD, POD, TRUE, FALSE },
  { "one is forgotten before it is unplugged", POD_CARD ", " CARD ("a"), POD ", " NET ("a"),
    POD_CARD, POD, FALSE, TRUE },
  { "an absent one comes", POD_CARD, POD, POD_CARD ", " CARD_IN ("a", "absent"), POD ", " NET ("a"),
    FALSE, TRUE },
  { "another MAC address", CARD ("a"), NET ("a"), "{name: a, bridge: {}, macAddress: 02-00}",
    NET ("a"), FALSE, TRUE },
  { "another network", CARD ("a"), NET ("a"), CARD ("a"), "{name: a, multus: {networkName: front}}",
    FALSE, TRUE },
  { "a masquerade comes", "", "", POD_CARD, POD, FALSE, TRUE },
  { "a bridge on the pod network comes", "", "", CARD ("default"), POD, FALSE, TRUE },
  { "a virtual function comes", POD_CARD, POD, POD_CARD ", {name: a, sriov: {}}",
    POD ", " NET ("a"), TRUE, FALSE },
  { "a virtual function goes", POD_CARD ", {name: a, sriov: {}}", POD ", " NET ("a"), POD_CARD, POD,
    FALSE, TRUE },
};

static void
test_carry (void)
{
  live_cases_check (&lists, cases, G_N_ELEMENTS (cases));
}

static void
add_to_domain (BvDomainInfo *domain, const char *link)
{
  g_autofree char *xml = g_str_has_prefix (link, "<hostdev>")
                             ? g_strconcat ("<domain><devices>", link, "</devices></domain>", NULL)
                             : g_strconcat ("<domain><devices><interface><alias name='ua-a'/>",
                                            link, "</interface></devices></domain>", NULL);

  g_assert_true (bv_domain_info_read_xml (domain, xml, NULL));
}

#define NOTHING NULL
#define FUNCTION "<hostdev><alias name='ua-sriov-a'/></hostdev>"
#define UP ""
#define DOWN "<link state='down'/>"

static void
test_view (void)
{
  static const struct
  {
    const char *interfaces;
    const char *networks;
    const char *in_domain;
    gboolean wanted;
  } rows[] = {
    { CARD ("a"), NET ("a"), UP, FALSE },
    { CARD ("a"), NET ("a"), "<link state='up'/>", FALSE },
    { CARD ("a"), NET ("a"), NOTHING, TRUE },
    { CARD ("a"), NET ("a"), DOWN, TRUE },
    { CARD_IN ("a", "down"), NET ("a"), DOWN, FALSE },
    { CARD_IN ("a", "down"), NET ("a"), UP, TRUE },
    { CARD_IN ("a", "absent"), NET ("a"), UP, TRUE },
    { CARD_IN ("a", "absent"), NET ("a"), NOTHING, FALSE },
    { POD_CARD, POD, NOTHING, FALSE },
    { "{name: a, sriov: {}}", NET ("a"), NOTHING, TRUE },
    { "{name: a, sriov: {}}", NET ("a"), FUNCTION, FALSE },
    { "", "", NOTHING, FALSE },
    { "", "", UP, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (BvObject) vmi = live_cases_read_vmi (&lists, rows[i].interfaces, rows[i].networks);
      g_autoptr (BvVmiStatus) status = bv_vmi_status_new ();
      g_autoptr (BvDomainInfo) domain = bv_domain_info_new ("one", "uuid");
      const BvLiveView view = { bv_vmi_get_record (BV_VMI (vmi))->spec, status, domain };

      if (rows[i].in_domain != NULL)
        add_to_domain (domain, rows[i].in_domain);
      g_test_message ("%s %s", rows[i].interfaces, rows[i].in_domain);
      g_assert_cmpint (bv_live_interfaces.is_wanted (&view), ==, rows[i].wanted);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/live-interfaces/carry", test_carry);
  g_test_add_func ("/live-interfaces/view", test_view);
  return g_test_run ();
}
