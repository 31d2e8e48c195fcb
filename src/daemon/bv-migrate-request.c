/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-migrate-request.h"

#include <glib/gi18n-lib.h>

#include "daemon/bv-authority.h"
#include "model/bv-error.h"
#include "model/bv-virtual-machine.h"

static void
bv_migrate_request_started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BvRequest *request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BvJob) job = bv_controller_migrate_finish (BV_CONTROLLER (source), result, &error);

  if (job == NULL)
    bv_request_return_error (request, error);
  else
    bv_request_return (
        request, g_variant_new ("(o)", bv_bus_export_job (bv_request_get_bus (request), job)));
}

/* Of a VM, its VMI moves; both have one name. */
static BvEntry *
find_vmi (BvController *controller, BvEntry *entry)
{
  BvObject *object = bv_entry_get_object (entry);

  if (!BV_IS_VIRTUAL_MACHINE (object))
    return entry;
  return bv_registry_find (bv_controller_get_registry (controller), "VirtualMachineInstance",
                           bv_object_get_namespace (object), bv_object_get_name (object));
}

const char *const bv_migrate_options[] = { "host:s", "configuration:a{sv}", NULL };

void
bv_migrate (BvRequest *request, gpointer user_data)
{
  BvController *controller = bv_bus_get_controller (bv_request_get_bus (request));
  BvEntry *vmi = find_vmi (controller, bv_request_get_entry (request));
  g_autoptr (GVariant) options = bv_request_get_options (request);
  g_autoptr (GVariant) configuration =
      g_variant_lookup_value (options, "configuration", G_VARIANT_TYPE_VARDICT);
  g_autoptr (GError) error = NULL;
  g_autofree char *what = NULL;
  const char *host = NULL;

  g_variant_lookup (options, "host", "&s", &host);
  if (vmi != NULL)
    {
      bv_controller_migrate_async (controller, vmi, host, configuration,
                                   bv_migrate_request_started_cb, request);
      return;
    }
  what = bv_entry_describe (bv_request_get_entry (request));
  g_set_error (&error, BV_ERROR, BV_ERROR_NOT_RUNNING,
               _ ("%s does not run: start it there, by its manifest."), what);
  bv_request_return_error (request, error);
}
