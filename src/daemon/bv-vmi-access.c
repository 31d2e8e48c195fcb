/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-vmi-access.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"
#include "model/bv-vmi-private.h"
#include "runtime/console/bv-console-log.h"
#include "runtime/console/bv-usb-redirection.h"
#include "runtime/vmi/bv-vmi-runtime.h"

static BvVmiRuntime *
get_runtime (BvRequest *request)
{
  return bv_entry_get_runtime (bv_request_get_entry (request));
}

static GUnixFDList *
open_log (BvVmiRuntime *runtime, BvEntry *entry, GError **error)
{
  const char *folder = bv_vmi_runtime_get_status (runtime)->runtime_directory;
  g_autofree char *what = bv_entry_describe (entry);
  g_autoptr (GUnixFDList) list = folder != NULL ? bv_console_log_open (folder, error) : NULL;

  if (list != NULL && g_unix_fd_list_get_length (list) > 0)
    return g_steal_pointer (&list);
  if (error == NULL || *error == NULL)
    g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND,
                 _ ("There is no log of the console of %s: %s"), what,
                 bv_vmi_runtime_explain_no_log (runtime));
  return NULL;
}

void
bv_vmi_open_console_log (BvRequest *request, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GUnixFDList) list =
      open_log (get_runtime (request), bv_request_get_entry (request), &error);
  GVariantBuilder handles;

  if (list == NULL)
    {
      bv_request_return_error (request, error);
      return;
    }
  g_variant_builder_init (&handles, G_VARIANT_TYPE ("ah"));
  for (int i = 0; i < g_unix_fd_list_get_length (list); i++)
    g_variant_builder_add (&handles, "h", i);
  bv_request_return_fds (request, g_variant_new ("(ah)", &handles), list);
}

static gboolean
check_redirection (BvVmiRuntime *runtime, BvEntry *entry, GError **error)
{
  const BvApiVirtualMachineInstance *vmi = bv_vmi_get_record (BV_VMI (bv_entry_get_object (entry)));
  const BvApiDevices *devices = vmi->spec->domain->devices;
  g_autofree char *what = bv_entry_describe (entry);

  if (!bv_vmi_runtime_check_running (runtime, error))
    return FALSE;
  if (devices != NULL && devices->client_passthrough != NULL)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
               _ ("%s has no place for USB devices of others: its manifest lacks "
                  "spec.domain.devices.clientPassthrough: {}. Add that, and start it anew."),
               what);
  return FALSE;
}

void
bv_vmi_open_usb_redirection (BvRequest *request, gpointer user_data)
{
  BvVmiRuntime *runtime = get_runtime (request);
  g_autoptr (GError) error = NULL;
  int fd = -1;

  if (check_redirection (runtime, bv_request_get_entry (request), &error))
    fd = bv_usb_redirection_open (bv_vmi_runtime_get_status (runtime)->runtime_directory, &error);
  if (fd < 0)
    {
      bv_request_return_error (request, error);
      return;
    }
  bv_vmi_runtime_note_handout (runtime, BV_HANDOUT_USB, fd);
  bv_request_return_fd (request, fd);
}

static void
bv_vmi_access_opened_port_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  int fd = bv_vmi_runtime_open_port_finish (BV_VMI_RUNTIME (source), result, &error);

  if (fd < 0)
    {
      bv_request_return_error (user_data, error);
      return;
    }
  bv_vmi_runtime_note_connection (BV_VMI_RUNTIME (source));
  bv_request_return_fd (user_data, fd);
}

void
bv_vmi_open_port (BvRequest *request, gpointer user_data)
{
  g_autoptr (GVariant) options = bv_request_get_options (request);
  const char *via = NULL;
  guint port;

  g_variant_get_child (bv_request_get_parameters (request), 0, "u", &port);
  g_variant_lookup (options, "via", "&s", &via);
  bv_vmi_runtime_open_port_async (get_runtime (request), port, via, bv_vmi_access_opened_port_cb,
                                  request);
}

void
bv_vmi_dump_memory (BvRequest *request, gpointer user_data)
{
  BvVmiRuntime *runtime = get_runtime (request);
  g_autoptr (GError) error = NULL;
  g_autoptr (BvJob) job = NULL;
  int fd = -1;

  if (bv_vmi_runtime_check_running (runtime, &error))
    fd = bv_request_take_fd (request, &error);
  if (fd >= 0)
    job = bv_vmi_runtime_dump_memory (runtime, fd, &error);
  if (job == NULL)
    bv_request_return_error (request, error);
  else
    bv_request_return (
        request, g_variant_new ("(o)", bv_bus_export_job (bv_request_get_bus (request), job)));
}
