/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-guest-agent-iface.h"

#include "agent/bv-agent-call.h"
#include "agent/bv-agent-exec.h"
#include "agent/bv-guest-info-variant.h"
#include "bv-dbus-generated.h"
#include "daemon/bv-callee.h"
#include "model/bv-error.h"
#include "runtime/vmi/bv-vmi-runtime.h"

#include <glib/gi18n-lib.h>

/* A thousand keys of the longest kind; no password is longer. */
#define MAX_BYTES (1024 * 1024)

#define BV_TYPE_GUEST_AGENT_IFACE (bv_guest_agent_iface_get_type ())

G_DECLARE_FINAL_TYPE (BvGuestAgentIface, bv_guest_agent_iface, BV, GUEST_AGENT_IFACE,
                      BvDBusGuestAgentSkeleton)

struct _BvGuestAgentIface
{
  BvDBusGuestAgentSkeleton parent_instance;

  BvBus *bus;
  BvEntry *entry;
  BvGuestAgent *agent;
};

static void bv_guest_agent_iface_init_callee (BvCalleeInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BvGuestAgentIface, bv_guest_agent_iface,
                               BV_DBUS_TYPE_GUEST_AGENT_SKELETON,
                               G_IMPLEMENT_INTERFACE (BV_TYPE_CALLEE,
                                                      bv_guest_agent_iface_init_callee))

static void
bv_guest_agent_iface_finalize (GObject *object)
{
  BvGuestAgentIface *self = BV_GUEST_AGENT_IFACE (object);

  g_clear_object (&self->entry);
  g_clear_object (&self->agent);
  G_OBJECT_CLASS (bv_guest_agent_iface_parent_class)->finalize (object);
}

static void
bv_guest_agent_iface_class_init (BvGuestAgentIfaceClass *class)
{
  G_DBUS_INTERFACE_SKELETON_CLASS (class)->get_vtable = bv_callee_get_vtable;
  G_OBJECT_CLASS (class)->finalize = bv_guest_agent_iface_finalize;
}

static void
bv_guest_agent_iface_init (BvGuestAgentIface *self)
{
}

/* Of the domain's disks, by their targets. */
static GHashTable *
get_buses (BvGuestAgentIface *self)
{
  BvVmiRuntime *runtime = bv_entry_get_runtime (self->entry);
  const BvDomainInfo *domain = runtime != NULL ? bv_vmi_runtime_get_domain (runtime) : NULL;

  return domain != NULL ? domain->buses : NULL;
}

static void
update (BvGuestAgentIface *self)
{
  BvDBusGuestAgent *iface = BV_DBUS_GUEST_AGENT (self);
  BvGuestInfo *info = bv_guest_agent_get_info (self->agent);
  const char *const none[] = { NULL };

  bv_dbus_guest_agent_set_version (iface, info->agent_version != NULL ? info->agent_version : "");
  bv_dbus_guest_agent_set_hostname (iface, info->hostname != NULL ? info->hostname : "");
  bv_dbus_guest_agent_set_timezone (iface, info->timezone != NULL ? info->timezone : "");
  bv_dbus_guest_agent_set_os_info (iface, bv_guest_os_to_variant (info));
  bv_dbus_guest_agent_set_interfaces (iface, bv_guest_interfaces_to_variant (info));
  bv_dbus_guest_agent_set_users (iface, bv_guest_users_to_variant (info));
  bv_dbus_guest_agent_set_filesystems (iface,
                                       bv_guest_filesystems_to_variant (info, get_buses (self)));
  bv_dbus_guest_agent_set_load (iface, bv_guest_load_to_variant (info));
  bv_dbus_guest_agent_set_fs_freeze_status (iface, bv_guest_freeze_status (info));
  bv_dbus_guest_agent_set_timezone_offset (iface, info->timezone_offset);
  bv_dbus_guest_agent_set_supported_commands (
      iface, info->commands != NULL ? (const char *const *)info->commands : none);
}

GDBusInterfaceSkeleton *
bv_guest_agent_iface_new (BvBus *bus, BvEntry *entry, BvGuestAgent *agent)
{
  BvGuestAgentIface *self = g_object_new (BV_TYPE_GUEST_AGENT_IFACE, NULL);

  self->bus = bus;
  self->entry = g_object_ref (entry);
  self->agent = g_object_ref (agent);
  g_signal_connect_object (agent, "notify::info", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  return G_DBUS_INTERFACE_SKELETON (self);
}

/* A paused guest has the interface, too: its agent is there, and would let all wait. */
static gboolean
check (BvRequest *request)
{
  g_autoptr (GError) error = NULL;

  if (bv_vmi_runtime_check_agent (bv_entry_get_runtime (bv_request_get_entry (request)), &error))
    return TRUE;
  bv_request_return_error (request, error);
  return FALSE;
}

static void
bv_guest_agent_iface_pinged_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  gboolean success = bv_guest_agent_ping_finish (BV_GUEST_AGENT (source), result, &error);

  bv_request_finish (user_data, success, error);
}

static void
ping (BvRequest *request, gpointer user_data)
{
  BvGuestAgentIface *self = user_data;

  if (check (request))
    bv_guest_agent_ping_async (self->agent, NULL, bv_guest_agent_iface_pinged_cb, request);
}

static void
bv_guest_agent_iface_ran_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = bv_agent_exec_finish (BV_GUEST_AGENT (source), result, &error);

  if (answer != NULL)
    bv_request_return (user_data, answer);
  else
    bv_request_return_error (user_data, error);
}

static void
exec (BvRequest *request, gpointer user_data)
{
  BvGuestAgentIface *self = user_data;
  g_autoptr (GVariant) options = bv_request_get_options (request);
  g_autoptr (GVariant) input = g_variant_lookup_value (options, "stdin", G_VARIANT_TYPE ("ay"));
  g_autoptr (GVariant) command = g_variant_get_child_value (bv_request_get_parameters (request), 0);
  gint64 seconds = BV_AGENT_EXEC_DEFAULT_SECONDS;

  g_variant_lookup (options, "timeout", "x", &seconds);
  if (check (request))
    bv_agent_exec_async (self->agent, command, input, seconds, bv_guest_agent_iface_ran_cb,
                         request);
}

static void
bv_guest_agent_iface_set_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = bv_guest_agent_call_finish (BV_GUEST_AGENT (source), result, &error);

  bv_request_finish (user_data, answer != NULL, error);
}

static gboolean
check_user (GVariant *user, GVariant *value, GError **error)
{
  if (g_variant_get_string (user, NULL)[0] == '\0')
    g_set_error_literal (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                         _ ("The user is empty. Name a user of the guest."));
  else if (g_variant_get_size (user) + g_variant_get_size (value) > MAX_BYTES)
    g_set_error (error, BV_ERROR, BV_ERROR_LIMIT_EXCEEDED,
                 _ ("What is to be set for a user of the guest has more than %d KiB."),
                 MAX_BYTES / 1024);
  else
    return TRUE;
  return FALSE;
}

/* Both calls take a user, a value and a switch that is off where it is not given. */
static void
set_for_user (BvRequest *request, BvGuestAgentIface *self, BvCallFunc func, const char *option)
{
  GVariant *parameters = bv_request_get_parameters (request);
  g_autoptr (GVariant) options = bv_request_get_options (request);
  g_autoptr (GVariant) user = g_variant_get_child_value (parameters, 0);
  g_autoptr (GVariant) value = g_variant_get_child_value (parameters, 1);
  g_autoptr (GError) error = NULL;
  gboolean on = FALSE;

  g_variant_lookup (options, option, "b", &on);
  if (!check_user (user, value, &error))
    {
      bv_request_return_error (request, error);
      return;
    }
  if (check (request))
    bv_guest_agent_call_async (self->agent, func, g_variant_new ("(@s@*b)", user, value, on), NULL,
                               bv_guest_agent_iface_set_cb, request);
}

static void
set_user_password (BvRequest *request, gpointer user_data)
{
  set_for_user (request, user_data, bv_agent_call_set_password, "encrypted");
}

static void
set_user_ssh_keys (BvRequest *request, gpointer user_data)
{
  set_for_user (request, user_data, bv_agent_call_set_ssh_keys, "append");
}

static const char *const exec_options[] = { "stdin:ay", "timeout:x", NULL };
static const char *const set_user_password_options[] = { "encrypted:b", NULL };
static const char *const set_user_ssh_keys_options[] = { "append:b", NULL };

static const BvMethod methods[] = {
  { "Ping", BV_ACTION_VIEW, NULL, ping },
  { "Exec", BV_ACTION_EXEC, exec_options, exec },
  { "SetUserPassword", BV_ACTION_EXEC, set_user_password_options, set_user_password },
  { "SetUserSshKeys", BV_ACTION_EXEC, set_user_ssh_keys_options, set_user_ssh_keys },
  { NULL },
};

static void
bv_guest_agent_iface_get_target (BvCallee *callee, BvBus **bus, BvEntry **entry)
{
  BvGuestAgentIface *self = BV_GUEST_AGENT_IFACE (callee);

  *bus = self->bus;
  *entry = self->entry;
}

static void
bv_guest_agent_iface_init_callee (BvCalleeInterface *iface)
{
  iface->methods = methods;
  iface->get_target = bv_guest_agent_iface_get_target;
}
