/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/domain/bv-domain.h"

#include "runtime/domain/bv-domain-action.h"
#include "runtime/domain/bv-domain-request.h"

/*
 * Each operation on a domain is one call, queued by the domain's name. What waits for a guest's
 * agent goes by the agents' lane, and starting by that of long jobs, so that a domain can be
 * destroyed while it starts.
 */

static gboolean
finish (BvConnection *connection, GAsyncResult *result, GError **error)
{
  return bv_connection_call_finish (connection, result, error) != NULL;
}

/**
 * bv_domain_define_async:
 * @connection: the connection
 * @name: the domain's name
 * @xml: its XML
 * @cancellable: (nullable): ends the wait for its turn
 * @callback: called when it is done
 * @user_data: passed to @callback
 *
 * Defines a domain, or defines it anew.
 */
void
bv_domain_define_async (BvConnection *connection, const char *name, const char *xml,
                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  bv_connection_call_async (connection, BV_LANE_CONTROL, name, bv_domain_call_define,
                            bv_domain_request_new (name, xml, 0), bv_domain_request_free, NULL,
                            cancellable, callback, user_data);
}

gboolean
bv_domain_define_finish (BvConnection *connection, GAsyncResult *result, GError **error)
{
  return finish (connection, result, error);
}

/**
 * bv_domain_create_async:
 * @connection: the connection
 * @name: the domain's name
 * @flags: whether its guest waits
 * @cancellable: (nullable): ends the wait for its turn
 * @callback: called when it is done
 * @user_data: passed to @callback
 *
 * Starts a defined domain.
 */
void
bv_domain_create_async (BvConnection *connection, const char *name, BvDomainStartFlags flags,
                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  bv_connection_call_async (connection, BV_LANE_JOBS, name, bv_domain_call_create,
                            bv_domain_request_new (name, NULL, flags), bv_domain_request_free, NULL,
                            cancellable, callback, user_data);
}

gboolean
bv_domain_create_finish (BvConnection *connection, GAsyncResult *result, GError **error)
{
  return finish (connection, result, error);
}

/**
 * bv_domain_define_and_start_async:
 * @connection: the connection
 * @name: the domain's name
 * @xml: its XML
 * @flags: whether its guest waits
 * @cancellable: (nullable): ends the wait for its turn
 * @callback: called when it is done
 * @user_data: passed to @callback
 *
 * Defines a domain and starts it. One that cannot be started stays defined.
 */
void
bv_domain_define_and_start_async (BvConnection *connection, const char *name, const char *xml,
                                  BvDomainStartFlags flags, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  bv_connection_call_async (connection, BV_LANE_JOBS, name, bv_domain_call_define_and_start,
                            bv_domain_request_new (name, xml, flags), bv_domain_request_free, NULL,
                            cancellable, callback, user_data);
}

gboolean
bv_domain_define_and_start_finish (BvConnection *connection, GAsyncResult *result, GError **error)
{
  return finish (connection, result, error);
}

/* To end a domain waits for no other call on it, nor without grace for one with grace. */
static char *
make_key (BvDomainAction action, const char *name, guint flags)
{
  g_autofree char *gentle = NULL;

  if (action != BV_DOMAIN_DESTROY)
    return g_strdup (name);
  gentle = bv_connection_urgent_key (name);
  return flags == BV_DOMAIN_DESTROY_GRACEFUL ? g_steal_pointer (&gentle)
                                             : bv_connection_urgent_key (gentle);
}

/**
 * bv_domain_act_async:
 * @connection: the connection
 * @action: what to do
 * @name: the domain's name
 * @uuid: (nullable): the domain's UUID; another domain that has the name by now is left alone
 * @flags: a #BvDomainPowerMode to shut down and to reboot, #BvDomainDestroyFlags,
 * #BvDomainUndefineFlags; else 0
 * @cancellable: (nullable): ends the wait for its turn
 * @callback: called when it is done
 * @user_data: passed to @callback
 *
 * Does something to a domain. That a guest was asked to shut down or to reboot does not mean that
 * it will.
 */
void
bv_domain_act_async (BvConnection *connection, BvDomainAction action, const char *name,
                     const char *uuid, guint flags, GCancellable *cancellable,
                     GAsyncReadyCallback callback, gpointer user_data)
{
  gboolean by_agent = bv_domain_action_is_by_agent (action, flags);
  g_autofree char *key = make_key (action, name, flags);
  BvDomainRequest *request = bv_domain_request_new (name, NULL, flags);

  request->action = action;
  bv_domain_request_set_uuid (request, uuid);
  bv_connection_call_async (connection, by_agent ? BV_LANE_AGENT : BV_LANE_CONTROL, key,
                            bv_domain_action_call, request, bv_domain_request_free, NULL,
                            cancellable, callback, user_data);
}

gboolean
bv_domain_act_finish (BvConnection *connection, GAsyncResult *result, GError **error)
{
  return finish (connection, result, error);
}

void
bv_domain_get_xml_async (BvConnection *connection, const char *name, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  bv_connection_call_async (connection, BV_LANE_CONTROL, name, bv_domain_call_get_xml,
                            bv_domain_request_new (name, NULL, 0), bv_domain_request_free, g_free,
                            cancellable, callback, user_data);
}

/**
 * bv_domain_get_xml_finish:
 * @connection: the connection
 * @result: what the callback got
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the XML of the domain, without secrets
 */
char *
bv_domain_get_xml_finish (BvConnection *connection, GAsyncResult *result, GError **error)
{
  return bv_connection_call_finish (connection, result, error);
}

void
bv_domain_get_info_async (BvConnection *connection, const char *name, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  bv_connection_call_async (connection, BV_LANE_CONTROL, name, bv_domain_call_get_info,
                            bv_domain_request_new (name, NULL, 0), bv_domain_request_free,
                            (GDestroyNotify)bv_domain_info_free, cancellable, callback, user_data);
}

/**
 * bv_domain_get_info_finish:
 * @connection: the connection
 * @result: what the callback got
 * @error: return location
 *
 * Returns: (transfer full) (nullable): what libvirt tells of the domain
 */
BvDomainInfo *
bv_domain_get_info_finish (BvConnection *connection, GAsyncResult *result, GError **error)
{
  return bv_connection_call_finish (connection, result, error);
}

void
bv_domain_get_state_async (BvConnection *connection, const char *name, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  bv_connection_call_async (connection, BV_LANE_CONTROL, name, bv_domain_call_get_state,
                            bv_domain_request_new (name, NULL, 0), bv_domain_request_free,
                            (GDestroyNotify)bv_domain_info_free, cancellable, callback, user_data);
}

/**
 * bv_domain_get_state_finish:
 * @connection: the connection
 * @result: what the callback got
 * @state: (out) (optional): the state
 * @reason: (out) (optional): why it is in that state
 * @error: return location
 *
 * A domain that is not there is in no state, for the reason that it does not exist; that is no
 * error.
 *
 * Returns: whether libvirt could be asked
 */
gboolean
bv_domain_get_state_finish (BvConnection *connection, GAsyncResult *result, BvDomainState *state,
                            BvDomainReason *reason, GError **error)
{
  g_autoptr (BvDomainInfo) info = bv_connection_call_finish (connection, result, error);

  if (info == NULL)
    return FALSE;
  if (state != NULL)
    *state = info->state;
  if (reason != NULL)
    *reason = info->reason;
  return TRUE;
}

/**
 * bv_domain_list_all_async:
 * @connection: the connection
 * @cancellable: (nullable): ends the wait for its turn
 * @callback: called when it is done
 * @user_data: passed to @callback
 *
 * Asks for all domains, running or not, ours or not.
 */
void
bv_domain_list_all_async (BvConnection *connection, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  bv_connection_call_async (connection, BV_LANE_CONTROL, NULL, bv_domain_call_list_all, NULL, NULL,
                            (GDestroyNotify)g_ptr_array_unref, cancellable, callback, user_data);
}

/**
 * bv_domain_list_all_finish:
 * @connection: the connection
 * @result: what the callback got
 * @error: return location
 *
 * Returns: (transfer full) (element-type BvDomainInfo) (nullable): the domains
 */
GPtrArray *
bv_domain_list_all_finish (BvConnection *connection, GAsyncResult *result, GError **error)
{
  return bv_connection_call_finish (connection, result, error);
}
