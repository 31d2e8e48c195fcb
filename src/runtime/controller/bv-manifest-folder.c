/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/controller/bv-manifest-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/bv-error.h"

#define TOPIC "manifests.d"
/* An editor writes a file in several steps. */
#define QUIET_MILLISECONDS 300

struct _BvManifestFolder
{
  GObject parent_instance;

  BvController *controller; /* owns this, and lives while it applies */
  char *path;
  GFileMonitor *monitor;
  GHashTable *applied;  /* name -> checksum of the file as it was last applied */
  GHashTable *problems; /* name -> why the file could not be applied */
  GHashTable *failed;   /* name -> checksum of the file that could not be */
  GQueue waiting;       /* of names */
  gboolean busy;        /* one is being applied */
  gboolean again;       /* the folder changed meanwhile */
  guint scan_id;
};

G_DEFINE_FINAL_TYPE (BvManifestFolder, bv_manifest_folder, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

typedef struct
{
  BvManifestFolder *folder;
  char *name;
  char *checksum;
} Application;

static void apply_next (BvManifestFolder *self);

static void
bv_manifest_folder_finalize (GObject *object)
{
  BvManifestFolder *self = BV_MANIFEST_FOLDER (object);

  g_clear_handle_id (&self->scan_id, g_source_remove);
  g_clear_object (&self->monitor);
  g_clear_pointer (&self->applied, g_hash_table_unref);
  g_clear_pointer (&self->problems, g_hash_table_unref);
  g_clear_pointer (&self->failed, g_hash_table_unref);
  g_queue_clear_full (&self->waiting, g_free);
  g_free (self->path);
  G_OBJECT_CLASS (bv_manifest_folder_parent_class)->finalize (object);
}

static void
bv_manifest_folder_class_init (BvManifestFolderClass *class)
{
  G_OBJECT_CLASS (class)->finalize = bv_manifest_folder_finalize;
  signals[CHANGED] = g_signal_new ("changed", BV_TYPE_MANIFEST_FOLDER, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
bv_manifest_folder_init (BvManifestFolder *self)
{
  self->applied = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->problems = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->failed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_queue_init (&self->waiting);
}

BvManifestFolder *
bv_manifest_folder_new (BvController *controller, const char *path)
{
  BvManifestFolder *self = g_object_new (BV_TYPE_MANIFEST_FOLDER, NULL);

  self->controller = controller;
  self->path = g_strdup (path);
  return self;
}

const char *
bv_manifest_folder_get_path (BvManifestFolder *self)
{
  return self->path;
}

GVariant *
bv_manifest_folder_get_problems (BvManifestFolder *self)
{
  GVariantBuilder builder;
  GHashTableIter iter;
  gpointer name, problem;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  g_hash_table_iter_init (&iter, self->problems);
  while (g_hash_table_iter_next (&iter, &name, &problem))
    g_variant_builder_add (&builder, "{ss}", name, problem);
  return g_variant_builder_end (&builder);
}

/* What was applied before; only before the store's first write. */
gboolean
bv_manifest_folder_load (BvManifestFolder *self, GError **error)
{
  BvStore *store = bv_controller_get_environment (self->controller)->store;
  g_autoptr (GPtrArray) facts = bv_store_load_facts (store, TOPIC, error);

  if (facts == NULL)
    return FALSE;
  for (guint i = 0; i < facts->len; i++)
    {
      const BvStoreFact *fact = g_ptr_array_index (facts, i);

      g_hash_table_insert (self->applied, g_strdup (fact->key), g_strdup (fact->value));
    }
  return TRUE;
}

static void
bv_manifest_folder_stored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!bv_store_write_finish (BV_STORE (source), result, &error))
    g_warning ("It was not stored which manifests are applied: %s", error->message);
}

/* CHECKSUM may be NULL: the file is no more, and counts as new where it comes back. */
static void
remember (BvManifestFolder *self, const char *name, const char *checksum)
{
  BvStoreBatch *batch = bv_store_batch_new ();

  if (checksum != NULL)
    {
      g_hash_table_insert (self->applied, g_strdup (name), g_strdup (checksum));
      bv_store_batch_set_fact (batch, TOPIC, name, checksum);
    }
  else
    {
      g_hash_table_remove (self->applied, name);
      bv_store_batch_drop_fact (batch, TOPIC, name);
    }
  bv_store_write_async (bv_controller_get_environment (self->controller)->store, batch,
                        bv_manifest_folder_stored_cb, NULL);
}

/* The whole of ERROR is for the journal; what all may read holds nothing of the manifest. */
static void
note_problem (BvManifestFolder *self, const char *name, const char *checksum, const GError *error)
{
  gboolean refused = g_error_matches (error, BV_ERROR, BV_ERROR_INVALID_MANIFEST);
  const char *told =
      refused ? _ ("It is refused; “barevirt validate” and the journal tell why.") : error->message;

  g_warning ("%s/%s is not applied: %s", self->path, name, error->message);
  g_hash_table_insert (self->problems, g_strdup (name), g_strdup (told));
  g_hash_table_insert (self->failed, g_strdup (name), g_strdup (checksum));
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
forget_problem (BvManifestFolder *self, const char *name)
{
  g_hash_table_remove (self->failed, name);
  if (g_hash_table_remove (self->problems, name))
    g_signal_emit (self, signals[CHANGED], 0);
}

/* One file. */

static gboolean
check_owner (const struct stat *info, GError **error)
{
  gboolean trusted = info->st_uid == 0 || info->st_uid == geteuid ();

  if (trusted && (info->st_mode & (S_IWGRP | S_IWOTH)) == 0)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_AUTHORIZED,
               _ ("It must belong to root or to the service's user, and be writable for nobody "
                  "else."));
  return FALSE;
}

static char *
read_open_file (int fd, gint64 most, GError **error)
{
  struct stat info;
  g_autofree char *text = NULL;
  gsize filled = 0;

  if (fd < 0 || fstat (fd, &info) != 0 || !S_ISREG (info.st_mode))
    {
      g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("It cannot be read: %s."),
                   errno != 0 ? g_strerror (errno) : _ ("it is no file"));
      return NULL;
    }
  if (!check_owner (&info, error))
    return NULL;
  if (info.st_size > most)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_LIMIT_EXCEEDED,
                   _ ("It is larger than manifest-bytes= in [limits] of barevirt.conf allows."));
      return NULL;
    }
  text = g_malloc0 (info.st_size + 1);
  while (filled < (gsize)info.st_size)
    {
      gssize n = read (fd, text + filled, info.st_size - filled);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        break;
      filled += n;
    }
  if (strlen (text) == filled && g_utf8_validate (text, -1, NULL))
    return g_steal_pointer (&text);
  g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("It is no text in UTF-8."));
  return NULL;
}

static char *
read_file (BvManifestFolder *self, const char *name, GError **error)
{
  gint64 most = bv_config_get_integer (bv_controller_get_environment (self->controller)->config,
                                       "limits", "manifest-bytes");
  g_autofree char *path = g_build_filename (self->path, name, NULL);
  char *text;
  int fd;

  errno = 0;
  fd = open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  text = read_open_file (fd, most, error);
  if (fd >= 0)
    close (fd);
  return text;
}

static void
bv_manifest_folder_applied_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Application *application = user_data;
  g_autoptr (BvManifestFolder) self = application->folder;
  g_autofree char *name = application->name;
  g_autofree char *checksum = application->checksum;
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) applied =
      bv_controller_apply_finish (BV_CONTROLLER (source), result, &jobs, &error);

  g_free (application);
  self->busy = FALSE;
  if (applied != NULL)
    {
      g_message ("%s/%s is applied.", self->path, name);
      forget_problem (self, name);
      remember (self, name, checksum);
    }
  else
    note_problem (self, name, checksum, error);
  apply_next (self);
}

static void
apply (BvManifestFolder *self, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = read_file (self, name, &error);
  g_autofree char *checksum = NULL;
  Application *application;

  if (text == NULL)
    {
      note_problem (self, name, "", error);
      return;
    }
  checksum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
  if (g_strcmp0 (g_hash_table_lookup (self->applied, name), checksum) == 0)
    {
      forget_problem (self, name);
      return;
    }
  if (g_strcmp0 (g_hash_table_lookup (self->failed, name), checksum) == 0)
    return;
  application = g_new0 (Application, 1);
  application->folder = g_object_ref (self);
  application->name = g_strdup (name);
  application->checksum = g_steal_pointer (&checksum);
  self->busy = TRUE;
  bv_controller_apply_async (self->controller, text, name, BV_MANIFEST_NONE,
                             bv_manifest_folder_applied_cb, application);
}

/* The folder. */

static gboolean
is_manifest (const char *name)
{
  return name[0] != '.' && (g_str_has_suffix (name, ".yaml") || g_str_has_suffix (name, ".yml") ||
                            g_str_has_suffix (name, ".json"));
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *
list_names (BvManifestFolder *self)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (self->path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (is_manifest (name))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

static gboolean
is_listed (GPtrArray *names, const char *name)
{
  return g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL);
}

/* What was applied of a file that is gone stays: objects are deleted by their names only. */
static void
forget_gone (BvManifestFolder *self, GPtrArray *names)
{
  g_autoptr (GList) applied = g_hash_table_get_keys (self->applied);
  g_autoptr (GList) problems = g_hash_table_get_keys (self->problems);

  for (GList *link = applied; link != NULL; link = link->next)
    if (!is_listed (names, link->data))
      {
        g_autofree char *name = g_strdup (link->data);

        remember (self, name, NULL);
      }
  for (GList *link = problems; link != NULL; link = link->next)
    if (!is_listed (names, link->data))
      {
        g_autofree char *name = g_strdup (link->data);

        forget_problem (self, name);
      }
}

static gboolean
check_folder (BvManifestFolder *self)
{
  struct stat info;
  g_autoptr (GError) error = NULL;

  if (stat (self->path, &info) != 0)
    return TRUE;
  if (check_owner (&info, &error))
    {
      forget_problem (self, ".");
      return TRUE;
    }
  note_problem (self, ".", "", error);
  return FALSE;
}

static void
scan (BvManifestFolder *self)
{
  g_autoptr (GPtrArray) names = NULL;

  if (self->busy)
    {
      self->again = TRUE;
      return;
    }
  if (!check_folder (self))
    return;
  names = list_names (self);
  forget_gone (self, names);
  g_queue_clear_full (&self->waiting, g_free);
  for (guint i = 0; i < names->len; i++)
    g_queue_push_tail (&self->waiting, g_strdup (g_ptr_array_index (names, i)));
  apply_next (self);
}

static void
apply_next (BvManifestFolder *self)
{
  while (!self->busy && self->waiting.length > 0)
    {
      g_autofree char *name = g_queue_pop_head (&self->waiting);

      apply (self, name);
    }
  if (!self->busy && self->again)
    {
      self->again = FALSE;
      scan (self);
    }
}

static gboolean
bv_manifest_folder_scan_cb (gpointer user_data)
{
  BvManifestFolder *self = user_data;

  self->scan_id = 0;
  scan (self);
  return G_SOURCE_REMOVE;
}

static void
bv_manifest_folder_monitor_cb (BvManifestFolder *self)
{
  g_clear_handle_id (&self->scan_id, g_source_remove);
  self->scan_id = g_timeout_add (QUIET_MILLISECONDS, bv_manifest_folder_scan_cb, self);
}

/* Applies what is new, and what is from now on. */
void
bv_manifest_folder_start (BvManifestFolder *self)
{
  g_autoptr (GFile) file = g_file_new_for_path (self->path);
  g_autoptr (GError) error = NULL;

  if (self->monitor != NULL)
    return;
  self->monitor = g_file_monitor_directory (file, G_FILE_MONITOR_WATCH_MOVES, NULL, &error);
  if (self->monitor != NULL)
    g_signal_connect_object (self->monitor, "changed", G_CALLBACK (bv_manifest_folder_monitor_cb),
                             self, G_CONNECT_SWAPPED);
  else
    g_warning ("The folder %s cannot be watched: %s", self->path, error->message);
  scan (self);
}
