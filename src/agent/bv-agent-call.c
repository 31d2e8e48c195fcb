/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/bv-agent-call.h"

#include "agent/bv-agent-reply.h"
#include "model/bv-error.h"
#include "host/bv-libvirt-autocleanups.h"
#include "host/bv-libvirt-error.h"
#include "runtime/connection/bv-typed-params.h"

#include <glib/gi18n-lib.h>
#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>

/* How long an agent has for its answer. */
#define AGENT_SECONDS 5
#define FREEZE_SECONDS 60

#define MAX_COMMANDS 512
#define NSEC_PER_SEC 1000000000

typedef struct
{
  BvGuestParts part;
  guint libvirt;
} PartRow;

static const PartRow part_table[] = {
  { BV_GUEST_OS, VIR_DOMAIN_GUEST_INFO_OS },
  { BV_GUEST_HOSTNAME, VIR_DOMAIN_GUEST_INFO_HOSTNAME },
  { BV_GUEST_TIMEZONE, VIR_DOMAIN_GUEST_INFO_TIMEZONE },
  { BV_GUEST_INTERFACES, VIR_DOMAIN_GUEST_INFO_INTERFACES },
  { BV_GUEST_USERS, VIR_DOMAIN_GUEST_INFO_USERS },
  { BV_GUEST_FILESYSTEMS, VIR_DOMAIN_GUEST_INFO_FILESYSTEM },
};

BvAgentRequest *
bv_agent_request_new (const char *name, BvGuestParts parts)
{
  BvAgentRequest *self = g_new0 (BvAgentRequest, 1);

  self->name = g_strdup (name);
  self->parts = parts;
  return self;
}

/* Takes the floating ARGUMENTS. */
BvAgentRequest *
bv_agent_request_new_with_arguments (const char *name, GVariant *arguments)
{
  BvAgentRequest *self = bv_agent_request_new (name, 0);

  self->arguments = arguments != NULL ? g_variant_ref_sink (arguments) : NULL;
  return self;
}

void
bv_agent_request_free (gpointer request)
{
  BvAgentRequest *self = request;

  g_free (self->name);
  g_clear_pointer (&self->arguments, g_variant_unref);
  g_free (self);
}

/* Without a limit of its own, libvirt waits for an agent for ever. */
static virDomainPtr
look_up (virConnectPtr handle, const BvAgentRequest *request, GError **error)
{
  virDomainPtr domain = virDomainLookupByName (handle, request->name);

  if (domain == NULL)
    bv_set_error_from_libvirt (error, _ ("The domain %s cannot be found"), request->name);
  else if (virDomainAgentSetResponseTimeout (domain, AGENT_SECONDS, 0) < 0)
    g_debug ("libvirt: %s", virGetLastErrorMessage ());
  return domain;
}

static BvGuestInfo *
ask (virDomainPtr domain, const BvAgentRequest *request, BvGuestParts parts, GError **error)
{
  virTypedParameterPtr params = NULL;
  g_autoptr (GVariant) facts = NULL;
  int n_params = 0;
  guint types = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (part_table); i++)
    if ((parts & part_table[i].part) != 0)
      types |= part_table[i].libvirt;
  if (virDomainGetGuestInfo (domain, types, &params, &n_params, 0) < 0)
    {
      bv_set_error_from_libvirt (error, _ ("The agent in the guest of %s tells nothing of it"),
                                 request->name);
      return NULL;
    }
  facts = bv_typed_params_to_variant (params, n_params);
  virTypedParamsFree (params, n_params);
  return bv_guest_info_new_from_facts (facts, parts);
}

/* An agent that lacks one command fails the whole; so each part is asked for by itself. */
static BvGuestInfo *
ask_one_by_one (virDomainPtr domain, const BvAgentRequest *request, GError **error)
{
  g_autoptr (BvGuestInfo) all = bv_guest_info_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (part_table); i++)
    {
      BvGuestParts part = request->parts & part_table[i].part;
      g_autoptr (GError) local = NULL;
      g_autoptr (BvGuestInfo) one = part != 0 ? ask (domain, request, part, &local) : NULL;

      if (one != NULL)
        {
          BvGuestInfo *merged = bv_guest_info_merge (all, one);

          bv_guest_info_unref (all);
          all = merged;
        }
      else if (local != NULL && local->code == BV_ERROR_AGENT_UNAVAILABLE)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return NULL;
        }
    }
  return g_steal_pointer (&all);
}

gpointer
bv_agent_call_get_info (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                        GError **error)
{
  BvAgentRequest *request = data;
  g_autoptr (GError) local = NULL;
  g_autoptr (virDomain) domain = look_up (handle, request, error);
  BvGuestInfo *info;

  if (domain == NULL)
    return NULL;
  info = ask (domain, request, request->parts, &local);
  if (info != NULL)
    return info;
  if (local->code == BV_ERROR_NOT_SUPPORTED || local->code == BV_ERROR_FAILED)
    return ask_one_by_one (domain, request, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

/* The answer to a command that libvirt has no call for. */
static char *
command (virConnectPtr handle, const BvAgentRequest *request, const char *json, GError **error)
{
  g_autoptr (virDomain) domain = look_up (handle, request, error);
  char *reply, *copy;

  if (domain == NULL)
    return NULL;
  reply = virDomainQemuAgentCommand (domain, json, AGENT_SECONDS, 0);
  if (reply == NULL)
    {
      bv_set_error_from_libvirt (
          error, _ ("The agent in the guest of %s did not do as it was asked"), request->name);
      return NULL;
    }
  copy = g_strdup (reply);
  free (reply);
  return copy;
}

/* The names of the commands that are enabled; NULL if the answer has no such list. */
static char **
read_commands (JsonObject *answer)
{
  JsonNode *node = json_object_get_member (answer, "supported_commands");
  JsonArray *list =
      node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  guint n = list != NULL ? MIN (json_array_get_length (list), MAX_COMMANDS) : 0;

  if (list == NULL)
    return NULL;
  for (guint i = 0; i < n; i++)
    {
      JsonNode *item = json_array_get_element (list, i);
      JsonObject *entry = JSON_NODE_HOLDS_OBJECT (item) ? json_node_get_object (item) : NULL;
      g_autofree char *name = NULL;

      if (entry == NULL || !json_object_get_boolean_member_with_default (entry, "enabled", FALSE))
        continue;
      name = bv_guest_text (json_object_get_string_member_with_default (entry, "name", NULL));
      if (name != NULL)
        g_strv_builder_add (names, name);
    }
  return g_strv_builder_end (names);
}

/* What the answer to guest-info tells. */
BvGuestInfo *
bv_agent_read_version (const char *reply, GError **error)
{
  g_autoptr (JsonNode) answer = bv_agent_reply_parse (reply, error);
  g_autoptr (BvGuestInfo) info = bv_guest_info_new ();
  JsonObject *object;

  if (answer == NULL)
    return NULL;
  if (!JSON_NODE_HOLDS_OBJECT (answer))
    {
      g_set_error_literal (error, BV_ERROR, BV_ERROR_AGENT_UNAVAILABLE,
                           _ ("The guest's agent does not tell its version"));
      return NULL;
    }
  object = json_node_get_object (answer);
  info->parts = BV_GUEST_VERSION;
  info->agent_version =
      bv_guest_text (json_object_get_string_member_with_default (object, "version", NULL));
  info->commands = read_commands (object);
  return g_steal_pointer (&info);
}

/* What the answer to guest-fsfreeze-status tells. */
BvGuestInfo *
bv_agent_read_freeze (const char *reply, GError **error)
{
  g_autoptr (JsonNode) answer = bv_agent_reply_parse (reply, error);
  BvGuestInfo *info;

  if (answer == NULL)
    return NULL;
  info = bv_guest_info_new ();
  info->parts = BV_GUEST_FREEZE;
  info->is_frozen =
      JSON_NODE_HOLDS_VALUE (answer) && g_strcmp0 (json_node_get_string (answer), "frozen") == 0;
  return info;
}

/* What the answer to guest-get-load tells. */
BvGuestInfo *
bv_agent_read_load (const char *reply, GError **error)
{
  static const char *const names[BV_GUEST_N_LOADS] = { "load1m", "load5m", "load15m" };
  g_autoptr (JsonNode) answer = bv_agent_reply_parse (reply, error);
  BvGuestInfo *info;

  if (answer == NULL)
    return NULL;
  info = bv_guest_info_new ();
  if (!JSON_NODE_HOLDS_OBJECT (answer))
    return info;
  info->parts = BV_GUEST_LOAD;
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      JsonNode *node = json_object_get_member (json_node_get_object (answer), names[i]);

      if (node != NULL && JSON_NODE_HOLDS_VALUE (node))
        info->load[i] = CLAMP (json_node_get_double (node), 0, G_MAXINT);
    }
  return info;
}

gpointer
bv_agent_call_get_version (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                           GError **error)
{
  g_autofree char *reply = command (handle, data, "{\"execute\":\"guest-info\"}", error);

  return reply != NULL ? bv_agent_read_version (reply, error) : NULL;
}

gpointer
bv_agent_call_get_freeze (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                          GError **error)
{
  g_autofree char *reply = command (handle, data, "{\"execute\":\"guest-fsfreeze-status\"}", error);

  return reply != NULL ? bv_agent_read_freeze (reply, error) : NULL;
}

gpointer
bv_agent_call_get_load (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                        GError **error)
{
  g_autofree char *reply = command (handle, data, "{\"execute\":\"guest-get-load\"}", error);

  return reply != NULL ? bv_agent_read_load (reply, error) : NULL;
}

/* Any answer will do. */
gpointer
bv_agent_call_ping (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  g_autofree char *reply = command (handle, data, "{\"execute\":\"guest-ping\"}", error);

  return reply != NULL ? bv_guest_info_new () : NULL;
}

/* The whole answer. */
gpointer
bv_agent_call_send (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  const BvAgentRequest *request = data;
  const char *json;

  g_variant_get (request->arguments, "(&s)", &json);
  return command (handle, request, json, error);
}

/* An empty text where all went well. */
gpointer
bv_agent_call_set_password (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                            GError **error)
{
  const BvAgentRequest *request = data;
  g_autoptr (virDomain) domain = look_up (handle, request, error);
  const char *user, *password;
  gboolean encrypted;

  if (domain == NULL)
    return NULL;
  g_variant_get (request->arguments, "(&s&sb)", &user, &password, &encrypted);
  if (virDomainSetUserPassword (domain, user, password,
                                encrypted ? VIR_DOMAIN_PASSWORD_ENCRYPTED : 0) == 0)
    return g_strdup ("");
  bv_set_error_from_libvirt (error,
                             _ ("The password of the user %s in the guest of %s cannot be set"),
                             user, request->name);
  return NULL;
}

gpointer
bv_agent_call_set_ssh_keys (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                            GError **error)
{
  const BvAgentRequest *request = data;
  g_autoptr (virDomain) domain = look_up (handle, request, error);
  g_autofree const char **keys = NULL;
  const char *user;
  gboolean append;

  if (domain == NULL)
    return NULL;
  g_variant_get (request->arguments, "(&s^a&sb)", &user, &keys, &append);
  if (virDomainAuthorizedSSHKeysSet (domain, user, keys, g_strv_length ((char **)keys),
                                     append ? VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_APPEND : 0) == 0)
    return g_strdup ("");
  bv_set_error_from_libvirt (error,
                             _ ("The SSH keys of the user %s in the guest of %s cannot be set"),
                             user, request->name);
  return NULL;
}

gpointer
bv_agent_call_set_time (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                        GError **error)
{
  const BvAgentRequest *request = data;
  g_autoptr (virDomain) domain = look_up (handle, request, error);
  gint64 now = g_get_real_time ();

  if (domain == NULL)
    return NULL;
  if (virDomainSetTime (domain, now / G_USEC_PER_SEC,
                        (guint)(now % G_USEC_PER_SEC) * (NSEC_PER_SEC / G_USEC_PER_SEC), 0) == 0)
    return g_strdup ("");
  bv_set_error_from_libvirt (error, _ ("The clock in the guest of %s cannot be set"),
                             request->name);
  return NULL;
}

/* `frozen` or `thawed`. */
gpointer
bv_agent_call_get_freeze_status (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                                 GError **error)
{
  g_autoptr (BvGuestInfo) info = bv_agent_call_get_freeze (handle, data, cancellable, error);

  return info != NULL ? g_strdup (info->is_frozen ? "frozen" : "thawed") : NULL;
}

/* Whatever waits to be written is written first. */
static virDomainPtr
look_up_patiently (virConnectPtr handle, const BvAgentRequest *request, GError **error)
{
  virDomainPtr domain = look_up (handle, request, error);

  if (domain != NULL && virDomainAgentSetResponseTimeout (domain, FREEZE_SECONDS, 0) < 0)
    g_debug ("libvirt: %s", virGetLastErrorMessage ());
  return domain;
}

gpointer
bv_agent_call_freeze (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                      GError **error)
{
  const BvAgentRequest *request = data;
  g_autoptr (virDomain) domain = look_up_patiently (handle, request, error);

  if (domain == NULL)
    return NULL;
  if (virDomainFSFreeze (domain, NULL, 0, 0) >= 0)
    return g_strdup ("");
  bv_set_error_from_libvirt (error, _ ("The file systems in the guest of %s cannot be frozen"),
                             request->name);
  return NULL;
}

gpointer
bv_agent_call_thaw (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  const BvAgentRequest *request = data;
  g_autoptr (virDomain) domain = look_up_patiently (handle, request, error);

  if (domain == NULL)
    return NULL;
  if (virDomainFSThaw (domain, NULL, 0, 0) >= 0)
    return g_strdup ("");
  bv_set_error_from_libvirt (error, _ ("The file systems in the guest of %s cannot be thawed"),
                             request->name);
  return NULL;
}
