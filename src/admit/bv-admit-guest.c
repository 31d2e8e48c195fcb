/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"
#include "admit/bv-text-rules.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* The names of the guest, its clock, and how it begins and ends. */

static void
admit_name (BvAdmission *self, const char *field, const char *name, gboolean right,
            const char *allowed)
{
  g_autofree char *lower = NULL;

  if (!bv_text_is_given (name) || right)
    return;
  lower = g_ascii_strdown (name, -1);
  if (!g_str_equal (lower, name) && bv_text_is_label (lower))
    bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "%s", field),
                         _ ("“%s” cannot be a name in DNS, which has no capitals here; did you "
                            "mean “%s”?"),
                         name, lower);
  else
    bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "%s", field),
                         _ ("“%s” cannot be a name in DNS; write %s."), name, allowed);
}

static void
admit_names (BvAdmission *self)
{
  const BvApiVirtualMachineInstanceSpec *spec = self->spec;

  if (bv_text_is_given (spec->hostname))
    admit_name (self, "hostname", spec->hostname, bv_text_is_label (spec->hostname),
                _ ("at most 63 lower-case letters, digits and dashes that begin and end with a "
                   "letter or digit"));
  if (bv_text_is_given (spec->subdomain))
    admit_name (self, "subdomain", spec->subdomain, bv_text_is_subdomain (spec->subdomain),
                _ ("at most 253 lower-case letters, digits, dashes and dots that begin and end "
                   "with a letter or digit"));
}

/* What the time zone database would be looked for by; a host may be without it. */
static gboolean
is_zone (const char *name)
{
  g_autoptr (GTimeZone) zone = NULL;
  g_autoptr (GTimeZone) known = NULL;

  if (name[0] == '\0' || name[0] == '/' || name[0] == ':' || strstr (name, "..") != NULL ||
      strspn (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_+-/,.:") != strlen (name))
    return FALSE;
  zone = g_time_zone_new_identifier (name);
  if (zone != NULL)
    return TRUE;
  known = g_time_zone_new_identifier ("Etc/GMT");
  return known == NULL;
}

static void
admit_clock (BvAdmission *self)
{
  const BvApiClock *clock = self->spec->domain->clock;

  if (clock == NULL || clock->timezone == NULL)
    return;
  if (clock->utc != NULL)
    bv_admission_warn (self, bv_admission_path (self, "domain.clock.timezone"),
                       _ ("The clock is set to UTC, so that the time zone is not used; keep one of "
                          "utc and timezone."));
  if (!is_zone (clock->timezone))
    bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "domain.clock.timezone"),
                         _ ("There is no time zone “%s”; write the name of one, such as "
                            "Europe/Vienna (“timedatectl list-timezones” prints them)."),
                         clock->timezone);
}

static void
admit_start (BvAdmission *self)
{
  const char *strategy = self->spec->start_strategy;

  if (strategy == NULL)
    return;
  if (strategy[0] == '\0')
    bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "startStrategy"),
                         _ ("The start strategy is empty; write Paused, or leave it out."));
  else if (self->spec->liveness_probe != NULL)
    bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "startStrategy"),
                         _ ("A guest that starts paused would fail its liveness probe; remove "
                            "startStrategy or livenessProbe."));
}

static void
admit_end (BvAdmission *self)
{
  const BvApiVirtualMachineInstanceSpec *spec = self->spec;

  if (spec->termination_grace_period_seconds < 0)
    bv_admission_refuse (
        self, BV_REASON_INVALID, bv_admission_path (self, "terminationGracePeriodSeconds"),
        _ ("A guest cannot have %" G_GINT64_FORMAT " seconds to shut down; write 0 or more."),
        spec->termination_grace_period_seconds);
  if (spec->eviction_strategy != NULL && spec->eviction_strategy[0] == '\0')
    bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "evictionStrategy"),
                         _ ("The eviction strategy is empty; write None, LiveMigrate, "
                            "LiveMigrateIfPossible or External, or leave it out."));
  if (spec->domain->reboot_policy != NULL)
    bv_admission_require_gate (self, "RebootPolicy",
                               bv_admission_path (self, "domain.rebootPolicy"), _ ("rebootPolicy"));
}

static gboolean
has_pod_network (const BvApiVirtualMachineInstanceSpec *spec)
{
  for (guint i = 0; i < spec->n_networks; i++)
    if (spec->networks[i]->pod != NULL)
      return TRUE;
  return FALSE;
}

static void
admit_port (BvAdmission *self, const char *field, const char *handler, const char *port)
{
  guint64 number;

  if (port == NULL || bv_text_is_port_name (port))
    return;
  if (g_ascii_string_to_unsigned (port, 10, 1, 65535, &number, NULL))
    return;
  bv_admission_refuse (
      self, BV_REASON_INVALID, bv_admission_path (self, "%s.%s.port", field, handler),
      _ ("“%s” is no port; write a number from 1 to 65535 or the name of a port."), port);
}

static void
admit_reach (BvAdmission *self, const char *field, const char *handler)
{
  if (!has_pod_network (self->spec))
    bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "%s.%s", field, handler),
                         _ ("The guest can be reached by %s on the pod network only, and it has "
                            "none; add one, or use exec or guestAgentPing."),
                         handler);
}

/* The service would reach what the manifest's author may not. */
static void
admit_host (BvAdmission *self, const char *field, const char *handler, const char *host)
{
  if (bv_text_is_given (host))
    bv_admission_warn (self, bv_admission_path (self, "%s.%s.host", field, handler),
                       _ ("The probe goes to the guest's own address; host is not used."));
}

/* What Kubernetes asks of the probes of a pod. */
static void
admit_numbers (BvAdmission *self, const char *field, const BvApiProbe *probe)
{
  if (probe->initial_delay_seconds < 0)
    bv_admission_refuse (
        self, BV_REASON_INVALID, bv_admission_path (self, "%s.initialDelaySeconds", field),
        _ ("A probe cannot begin %" G_GINT64_FORMAT " seconds after the start; write 0 or more."),
        probe->initial_delay_seconds);
  if (probe == self->spec->liveness_probe && probe->success_threshold > 1)
    bv_admission_refuse (self, BV_REASON_INVALID,
                         bv_admission_path (self, "%s.successThreshold", field),
                         _ ("One success is enough for a liveness probe; write 1, or leave it "
                            "out."));
  if (probe->exec != NULL && probe->exec->n_command == 0)
    bv_admission_refuse (self, BV_REASON_REQUIRED,
                         bv_admission_path (self, "%s.exec.command", field),
                         _ ("The probe names no program; write command: [PROGRAM, ARGUMENT]."));
}

static void
admit_probe (BvAdmission *self, const char *field, const BvApiProbe *probe)
{
  guint n;

  if (probe == NULL)
    return;
  n = (probe->exec != NULL) + (probe->guest_agent_ping != NULL) + (probe->http_get != NULL) +
      (probe->tcp_socket != NULL);
  if (n == 0)
    bv_admission_refuse (self, BV_REASON_REQUIRED, bv_admission_path (self, "%s", field),
                         _ ("The probe does not say what to try; add guestAgentPing: {}, exec, "
                            "httpGet or tcpSocket."));
  else if (n > 1)
    bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "%s", field),
                         _ ("The probe tries %u things at once; keep one of exec, guestAgentPing, "
                            "httpGet and tcpSocket."),
                         n);
  admit_numbers (self, field, probe);
  if (probe->http_get != NULL)
    {
      admit_reach (self, field, "httpGet");
      admit_port (self, field, "httpGet", probe->http_get->port);
      admit_host (self, field, "httpGet", probe->http_get->host);
    }
  if (probe->tcp_socket != NULL)
    {
      admit_reach (self, field, "tcpSocket");
      admit_port (self, field, "tcpSocket", probe->tcp_socket->port);
      admit_host (self, field, "tcpSocket", probe->tcp_socket->host);
    }
}

void
bv_admit_guest (BvAdmission *self)
{
  admit_names (self);
  admit_clock (self);
  admit_start (self);
  admit_end (self);
  admit_probe (self, "livenessProbe", self->spec->liveness_probe);
  admit_probe (self, "readinessProbe", self->spec->readiness_probe);
}
