/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/vmi/bv-vmi-runtime-private.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"
#include "model/bv-vmi-private.h"

/* What can be asked of a VMI only while it is so; the error says what to do about it. */

static const BvApiDevices *
get_devices (BvVmiRuntime *self)
{
  return bv_vmi_get_record (BV_VMI (bv_entry_get_object (self->entry)))->spec->domain->devices;
}

/* Where it does not run. A guest that a VM made is started by its VM. */
static char *
tell_what_helps (BvVmiRuntime *self)
{
  const char *name = bv_object_get_name (bv_entry_get_object (self->entry));
  const char *namespace = bv_object_get_namespace (bv_entry_get_object (self->entry));
  BvPhase phase = bv_vmi_runtime_get_phase (self);

  if (phase != BV_PHASE_SUCCEEDED && phase != BV_PHASE_FAILED)
    return g_strdup_printf (_ ("“barevirt describe vmi %s -n %s” tells what it waits for."), name,
                            namespace);
  if (bv_entry_get_owner (self->entry)[0] != '\0')
    return g_strdup_printf (_ ("“barevirt start %s -n %s” starts it again."), name, namespace);
  return g_strdup_printf (
      _ ("“barevirt delete vmi %s -n %s” and its manifest, applied again, run it again."), name,
      namespace);
}

gboolean
bv_vmi_runtime_check_running (BvVmiRuntime *self, GError **error)
{
  g_autofree char *what = bv_entry_describe (self->entry);
  g_autofree char *help = tell_what_helps (self);

  if (bv_connection_get_state (self->environment->connection) != BV_CONNECTION_CONNECTED)
    g_set_error (error, BV_ERROR, BV_ERROR_HYPERVISOR_UNAVAILABLE,
                 _ ("There is no connection to libvirt (%s) at the moment; it is tried again. "
                    "Nothing was done to %s."),
                 bv_connection_get_uri (self->environment->connection), what);
  else if (bv_vmi_runtime_get_phase (self) != BV_PHASE_RUNNING || self->info == NULL)
    g_set_error (error, BV_ERROR, BV_ERROR_NOT_RUNNING, _ ("%s does not run: its phase is %s. %s"),
                 what, self->status->phase, help);
  else
    return TRUE;
  return FALSE;
}

gboolean
bv_vmi_runtime_check_awake (BvVmiRuntime *self, GError **error)
{
  BvObject *object = bv_entry_get_object (self->entry);
  g_autofree char *what = NULL;

  if (!bv_vmi_runtime_check_running (self, error))
    return FALSE;
  if (self->info->state != BV_DOMAIN_PAUSED)
    return TRUE;
  what = bv_entry_describe (self->entry);
  g_set_error (
      error, BV_ERROR, BV_ERROR_CONFLICT,
      _ ("%s is paused, and nothing in its guest answers. “barevirt unpause %s -n %s” lets "
         "it go on."),
      what, bv_object_get_name (object), bv_object_get_namespace (object));
  return FALSE;
}

static gboolean
lacks_console (const BvApiDevices *devices)
{
  return devices != NULL && bv_api_devices_has_autoattach_serial_console (devices) &&
         !devices->autoattach_serial_console;
}

gboolean
bv_vmi_runtime_check_console (BvVmiRuntime *self, GError **error)
{
  const BvApiDevices *devices = get_devices (self);
  g_autofree char *what = NULL;

  if (!bv_vmi_runtime_check_running (self, error))
    return FALSE;
  if (self->console != NULL)
    return TRUE;
  what = bv_entry_describe (self->entry);
  if (lacks_console (devices))
    g_set_error (
        error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
        _ ("%s has no serial console: spec.domain.devices.autoattachSerialConsole is false "
           "in its manifest. Leave that out, and start it anew."),
        what);
  else
    g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
                 _ ("%s has no serial console: its libvirt domain %s has none with a socket."),
                 what, self->domain_name);
  return FALSE;
}

const char *
bv_vmi_runtime_explain_no_log (BvVmiRuntime *self)
{
  const BvApiDevices *devices = get_devices (self);
  gboolean is_told = devices != NULL && bv_api_devices_has_log_serial_console (devices);
  BvPhase phase = bv_vmi_runtime_get_phase (self);

  if (lacks_console (devices))
    return _ ("spec.domain.devices.autoattachSerialConsole is false in its manifest. Leave that "
              "out, and start it anew.");
  if (is_told && !devices->log_serial_console)
    return _ ("spec.domain.devices.logSerialConsole is false in its manifest. Leave that out, and "
              "start it anew.");
  if (!is_told &&
      !bv_config_get_boolean (self->environment->config, "hypervisor", "serial-console-log"))
    return _ ("serial-console-log is false in [hypervisor] of barevirt.conf. Set "
              "spec.domain.devices.logSerialConsole: true in its manifest, and start it anew.");
  if (phase == BV_PHASE_SUCCEEDED || phase == BV_PHASE_FAILED)
    return _ ("its guest has ended, and the log has gone with it.");
  return phase == BV_PHASE_RUNNING ? _ ("libvirt has written none; does virtlogd run?")
                                   : _ ("it has not run yet.");
}

gboolean
bv_vmi_runtime_check_graphics (BvVmiRuntime *self, GError **error)
{
  g_autofree char *what = NULL;

  if (!bv_vmi_runtime_check_running (self, error))
    return FALSE;
  if (self->info->has_graphics)
    return TRUE;
  what = bv_entry_describe (self->entry);
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
               _ ("%s has no display: spec.domain.devices.autoattachGraphicsDevice is false in its "
                  "manifest. Leave that out, and start it anew."),
               what);
  return FALSE;
}

/* For what only the agent can do. */
gboolean
bv_vmi_runtime_check_agent (BvVmiRuntime *self, GError **error)
{
  g_autofree char *what = NULL;

  if (!bv_vmi_runtime_check_awake (self, error))
    return FALSE;
  if (self->agent != NULL && bv_guest_agent_is_connected (self->agent))
    return TRUE;
  what = bv_entry_describe (self->entry);
  g_set_error (error, BV_ERROR, BV_ERROR_AGENT_UNAVAILABLE,
               _ ("The guest of %s has no agent that answers. Wait until it is up, or install and "
                  "start qemu-guest-agent in it."),
               what);
  return FALSE;
}
