/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/store/bv-event-log.h"

#include <string.h>

#define TOPIC "event"
/* One object that has much to tell must not drive out the others. */
#define MOST_OF_AN_OBJECT 50
/* Writes wait for a moment, so that many share one. A crash of the service may lose these. */
#define FLUSH_MILLISECONDS 500
#define LONGEST_MESSAGE 4096

struct _BvEventLog
{
  GObject parent_instance;

  BvStore *store;
  guint most;
  guint64 last_id;
  GQueue events;        /* of BvEvent, the latest last */
  GHashTable *by_text;  /* what makes two the same -> its GList in events */
  GHashTable *counts;   /* object -> how many of the events are its */
  GHashTable *unstored; /* of BvEvent that changed */
  BvStoreBatch *batch;  /* with the ids of those that were dropped, or NULL */
  guint flush_id;
};

G_DEFINE_FINAL_TYPE (BvEventLog, bv_event_log, G_TYPE_OBJECT)

enum
{
  TOLD,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
bv_event_log_finalize (GObject *object)
{
  BvEventLog *self = BV_EVENT_LOG (object);

  g_clear_handle_id (&self->flush_id, g_source_remove);
  g_clear_pointer (&self->batch, bv_store_batch_free);
  g_clear_pointer (&self->unstored, g_hash_table_unref);
  g_clear_pointer (&self->by_text, g_hash_table_unref);
  g_clear_pointer (&self->counts, g_hash_table_unref);
  g_queue_clear_full (&self->events, (GDestroyNotify)bv_event_free);
  g_clear_object (&self->store);
  G_OBJECT_CLASS (bv_event_log_parent_class)->finalize (object);
}

static void
bv_event_log_class_init (BvEventLogClass *class)
{
  G_OBJECT_CLASS (class)->finalize = bv_event_log_finalize;
  signals[TOLD] = g_signal_new ("told", BV_TYPE_EVENT_LOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 2, BV_TYPE_OBJECT, G_TYPE_POINTER);
}

static void
bv_event_log_init (BvEventLog *self)
{
  g_queue_init (&self->events);
  self->by_text = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->unstored = g_hash_table_new (NULL, NULL);
}

/* Keeps the last MOST. */
BvEventLog *
bv_event_log_new (BvStore *store, guint most)
{
  BvEventLog *self = g_object_new (BV_TYPE_EVENT_LOG, NULL);

  self->store = g_object_ref (store);
  self->most = most;
  return self;
}

static char *
make_text_key (const BvEvent *event)
{
  return g_strjoin ("\n", event->uid, event->type, event->reason, event->message, NULL);
}

static char *
make_object_key (const BvEvent *event)
{
  return g_strjoin ("/", event->kind, event->namespace, event->name, NULL);
}

static void
count (BvEventLog *self, const BvEvent *event, int difference)
{
  char *key = make_object_key (event);
  int n = GPOINTER_TO_INT (g_hash_table_lookup (self->counts, key)) + difference;

  if (n > 0)
    {
      g_hash_table_replace (self->counts, key, GINT_TO_POINTER (n));
      return;
    }
  g_hash_table_remove (self->counts, key);
  g_free (key);
}

static BvStoreBatch *
ensure_batch (BvEventLog *self)
{
  if (self->batch == NULL)
    self->batch = bv_store_batch_new ();
  return self->batch;
}

static char *
make_id_key (const BvEvent *event)
{
  return g_strdup_printf ("%020" G_GUINT64_FORMAT, event->id);
}

static void
drop (BvEventLog *self, GList *link)
{
  g_autoptr (BvEvent) event = link->data;
  g_autofree char *text = make_text_key (event);
  g_autofree char *id = make_id_key (event);

  g_queue_delete_link (&self->events, link);
  g_hash_table_remove (self->by_text, text);
  g_hash_table_remove (self->unstored, event);
  count (self, event, -1);
  bv_store_batch_drop_fact (ensure_batch (self), TOPIC, id);
}

static void
drop_oldest_of (BvEventLog *self, const BvEvent *event)
{
  for (GList *link = self->events.head; link != NULL; link = link->next)
    if (bv_event_is_of (link->data, event->kind, event->namespace, event->name))
      {
        drop (self, link);
        return;
      }
}

/* Takes EVENT. */
static void
add (BvEventLog *self, BvEvent *event)
{
  g_autofree char *object = make_object_key (event);

  if (GPOINTER_TO_INT (g_hash_table_lookup (self->counts, object)) >= MOST_OF_AN_OBJECT)
    drop_oldest_of (self, event);
  else if (self->events.length >= self->most)
    drop (self, self->events.head);
  g_queue_push_tail (&self->events, event);
  g_hash_table_replace (self->by_text, make_text_key (event), self->events.tail);
  count (self, event, 1);
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  const BvEvent *first = *(const BvEvent *const *)a;
  const BvEvent *second = *(const BvEvent *const *)b;

  if (first->last != second->last)
    return first->last < second->last ? -1 : 1;
  return first->id < second->id ? -1 : 1;
}

static BvEvent *
read_fact (const BvStoreFact *fact)
{
  BvEvent *event = bv_event_new_from_json (fact->value);

  if (event != NULL)
    event->id = g_ascii_strtoull (fact->key, NULL, 10);
  return event;
}

gboolean
bv_event_log_load (BvEventLog *self, GError **error)
{
  g_autoptr (GPtrArray) facts = bv_store_load_facts (self->store, TOPIC, error);
  g_autoptr (GPtrArray) events = g_ptr_array_new ();

  if (facts == NULL)
    return FALSE;
  for (guint i = 0; i < facts->len; i++)
    {
      BvEvent *event = read_fact (g_ptr_array_index (facts, i));

      if (event != NULL)
        g_ptr_array_add (events, event);
    }
  g_ptr_array_sort (events, compare_times);
  for (guint i = 0; i < events->len; i++)
    {
      BvEvent *event = g_ptr_array_index (events, i);

      self->last_id = MAX (self->last_id, event->id);
      add (self, event);
    }
  return TRUE;
}

static void
bv_event_log_stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!bv_store_write_finish (BV_STORE (source), result, &error))
    g_warning ("Events were not stored: %s", error->message);
}

/* Stores what is not stored yet. */
void
bv_event_log_flush (BvEventLog *self)
{
  GHashTableIter iter;
  gpointer event;

  g_clear_handle_id (&self->flush_id, g_source_remove);
  g_hash_table_iter_init (&iter, self->unstored);
  while (g_hash_table_iter_next (&iter, &event, NULL))
    {
      g_autofree char *id = make_id_key (event);
      g_autofree char *json = bv_event_to_json (event);

      bv_store_batch_set_fact (ensure_batch (self), TOPIC, id, json);
    }
  g_hash_table_remove_all (self->unstored);
  if (self->batch != NULL)
    bv_store_write_async (self->store, g_steal_pointer (&self->batch), bv_event_log_stored_cb,
                          NULL);
}

static gboolean
bv_event_log_flush_cb (gpointer user_data)
{
  BvEventLog *self = user_data;

  self->flush_id = 0;
  bv_event_log_flush (self);
  return G_SOURCE_REMOVE;
}

static void
write_to_journal (const BvEvent *event)
{
  gboolean warning = g_str_equal (event->type, "Warning");

  g_log_structured (G_LOG_DOMAIN, warning ? G_LOG_LEVEL_WARNING : G_LOG_LEVEL_MESSAGE,
                    "BAREVIRT_KIND", event->kind, "BAREVIRT_NAMESPACE", event->namespace,
                    "BAREVIRT_NAME", event->name, "BAREVIRT_UID", event->uid, "BAREVIRT_REASON",
                    event->reason, "MESSAGE", "%s %s/%s: %s: %s", event->kind, event->namespace,
                    event->name, event->reason, event->message);
}

/* The event of the same text, told once more, or EVENT itself, which is taken. */
static BvEvent *
merge (BvEventLog *self, BvEvent *event)
{
  g_autofree char *text = make_text_key (event);
  GList *link = g_hash_table_lookup (self->by_text, text);
  BvEvent *known;

  if (link == NULL)
    {
      event->id = ++self->last_id;
      add (self, event);
      return event;
    }
  known = link->data;
  known->count++;
  known->last = event->last;
  g_queue_unlink (&self->events, link);
  g_queue_push_tail_link (&self->events, link);
  bv_event_free (event);
  return known;
}

/* What a hook or a program said may be anything; people read it on their terminals. */
static char *
make_printable (const char *message)
{
  char *text = g_utf8_make_valid (message, MIN (strlen (message), LONGEST_MESSAGE));

  for (char *c = text; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c) && *c != '\n')
      *c = ' ';
  return text;
}

/* TYPE is `Normal` or `Warning`, REASON one of KubeVirt's words, MESSAGE a sentence without any
 * secret. */
void
bv_event_log_tell (BvEventLog *self, BvObject *object, const char *type, const char *reason,
                   const char *message)
{
  g_autofree char *text = make_printable (message);
  BvEvent *event = merge (self, bv_event_new (object, type, reason, text));

  write_to_journal (event);
  g_hash_table_add (self->unstored, event);
  if (self->flush_id == 0)
    self->flush_id = g_timeout_add (FLUSH_MILLISECONDS, bv_event_log_flush_cb, self);
  g_signal_emit (self, signals[TOLD], 0, object, event);
}

/* Those of an object, the latest last; what is NULL counts for all. Of BvEvent, which stay the
 * log's until the main loop runs again. */
GPtrArray *
bv_event_log_list (BvEventLog *self, const char *kind, const char *namespace, const char *name)
{
  GPtrArray *list = g_ptr_array_new ();

  for (GList *link = self->events.head; link != NULL; link = link->next)
    if (bv_event_is_of (link->data, kind, namespace, name))
      g_ptr_array_add (list, link->data);
  return list;
}
