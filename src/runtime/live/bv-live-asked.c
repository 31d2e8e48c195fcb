/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/live/bv-live-asked.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"

/* Less than the time after which the runtime tries again. */
#define ASK_AGAIN_SECONDS 4
/* QEMU answers at once, unless it hangs. */
#define QEMU_PATIENCE_MSEC 1000

typedef struct
{
  gint64 time;
  gboolean busy; /* QEMU hung, and was not asked */
} Asked;

GHashTable *
bv_live_asked_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

static void
note (BvLiveChange *self, const char *alias, gboolean busy)
{
  Asked *asked = g_new (Asked, 1);

  asked->time = g_get_monotonic_time ();
  asked->busy = busy;
  g_hash_table_replace (self->asked, g_strdup (alias), asked);
}

void
bv_live_change_note_asked (BvLiveChange *self, const char *alias)
{
  note (self, alias, FALSE);
}

typedef struct
{
  const char *alias;
  BvLiveCall func;
  gpointer data;
  gboolean busy;
} Question;

static gboolean
set_busy_error (GError **error, const char *alias)
{
  g_set_error (error, BV_ERROR, BV_ERROR_BUSY,
               _ ("QEMU has not answered for a while. Its guest is asked to let go of %s later."),
               alias);
  return FALSE;
}

/* What QEMU was asked by a service before this one may be the same: libvirtd would put this right
 * behind it, before it notices what came of that. */
static gboolean
call_ask (virDomainPtr domain, gpointer data, GError **error)
{
  Question *question = data;
  virDomainControlInfo info = { 0 };

  question->busy = virDomainGetControlInfo (domain, &info, 0) == 0 &&
                   info.state == VIR_DOMAIN_CONTROL_OCCUPIED &&
                   info.stateTime >= QEMU_PATIENCE_MSEC;
  if (question->busy)
    return set_busy_error (error, question->alias);
  return question->func (domain, question->data, error);
}

gboolean
bv_live_change_ask (BvLiveChange *self, const char *alias, BvLiveCall func, gpointer data,
                    GError **error)
{
  const Asked *asked = g_hash_table_lookup (self->asked, alias);
  Question question = { alias, func, data };

  if (asked != NULL && g_get_monotonic_time () - asked->time < ASK_AGAIN_SECONDS * G_USEC_PER_SEC)
    return !asked->busy || set_busy_error (error, alias);
  if (!bv_live_change_call (self, call_ask, &question, error))
    {
      if (question.busy)
        note (self, alias, TRUE);
      return FALSE;
    }
  bv_live_change_note_asked (self, alias);
  return TRUE;
}

static gboolean
is_gone (gpointer alias, gpointer value, gpointer user_data)
{
  for (BvXml *device = bv_xml_first (user_data); device != NULL; device = bv_xml_next (device))
    {
      BvXml *own = bv_xml_find (device, "alias");

      if (own != NULL && g_strcmp0 (bv_xml_get (own, "name"), alias) == 0)
        return FALSE;
    }
  return TRUE;
}

void
bv_live_asked_forget (GHashTable *asked, BvXml *devices)
{
  g_hash_table_foreach_remove (asked, is_gone, devices);
}
