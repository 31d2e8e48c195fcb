/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-conversion.h"

static BvXml *
add_timer (BvXml *clock, const char *name, gboolean present, const char *tick_policy)
{
  BvXml *timer = bv_xml_add (clock, "timer");

  bv_xml_set (timer, "name", name);
  bv_xml_set (timer, "tickpolicy", tick_policy);
  bv_xml_set_yes (timer, "present", present);
  return timer;
}

/* A timer is there unless its `present` says no. */
#define PRESENT(type, timer) (!bv_api_##type##_timer_has_present (timer) || (timer)->present)

static void
add_timers (BvXml *clock, const BvApiTimer *timer)
{
  if (timer->rtc != NULL)
    bv_xml_set (add_timer (clock, "rtc", PRESENT (rtc, timer->rtc), timer->rtc->tick_policy),
                "track", timer->rtc->track);
  if (timer->pit != NULL)
    add_timer (clock, "pit", PRESENT (pit, timer->pit), timer->pit->tick_policy);
  if (timer->kvm != NULL)
    add_timer (clock, "kvmclock", PRESENT (kvm, timer->kvm), NULL);
  if (timer->hpet != NULL)
    add_timer (clock, "hpet", PRESENT (hpet, timer->hpet), timer->hpet->tick_policy);
  if (timer->hyperv != NULL)
    add_timer (clock, "hypervclock", PRESENT (hyperv, timer->hyperv), NULL);
}

#undef PRESENT

static void
set_offset (BvConversion *self, BvXml *element, const BvApiClock *clock)
{
  if (clock->utc != NULL)
    {
      bv_xml_set (element, "offset", "utc");
      bv_xml_set (
          element, "adjustment",
          bv_api_clock_offset_utc_has_offset_seconds (clock->utc)
              ? bv_arena_printf (self->arena, "%" G_GINT64_FORMAT, clock->utc->offset_seconds)
              : "reset");
      return;
    }
  if (clock->timezone == NULL)
    return;
  bv_xml_set (element, "offset", "timezone");
  bv_xml_set (element, "timezone", clock->timezone);
}

/* No clock is libvirt's: UTC, with the guest's own changes kept. */
gboolean
bv_convert_clock (BvConversion *self, GError **error)
{
  const BvApiClock *clock = self->domain_spec->clock;
  BvXml *element;

  if (clock == NULL)
    return TRUE;
  element = bv_xml_add (self->root, "clock");
  set_offset (self, element, clock);
  if (clock->timer != NULL)
    add_timers (element, clock->timer);
  return TRUE;
}
