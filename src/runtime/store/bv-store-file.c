/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/store/bv-store-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/bv-error.h"

#define SCHEMA_VERSION 1
#define APPLICATION_ID 0x42617265 /* "Bare" */
#define STORE_NAME "barevirt.db"
#define LOCK_NAME "barevirtd.lock"

typedef sqlite3_stmt BvStatement;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3, sqlite3_close)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvStatement, sqlite3_finalize)

struct _BvStoreFile
{
  int lock;
  sqlite3 *db;
  char *path;
};

static const char *const schema =
    "CREATE TABLE object ("
    " kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,"
    " uid TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, generation INTEGER NOT NULL,"
    " created INTEGER NOT NULL, deleted INTEGER NOT NULL, applied TEXT NOT NULL, manifest TEXT NOT "
    "NULL,"
    " status TEXT NOT NULL, PRIMARY KEY (kind, namespace, name));"
    "PRAGMA user_version = " G_STRINGIFY (SCHEMA_VERSION) ";"
                                                          "PRAGMA application_id = " G_STRINGIFY (
                                                              APPLICATION_ID) ";";

/* What is kept beside the objects; a store of an earlier build lacks the table. */
static const char *const fact_schema =
    "CREATE TABLE IF NOT EXISTS fact ("
    " topic TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (topic, key))";

static const char *const select_facts = "SELECT key, value FROM fact WHERE topic = ? ORDER BY key";

static const char *const select_rows =
    "SELECT kind, namespace, name, uid, owner, generation, created, deleted, applied,"
    " manifest, status"
    " FROM object ORDER BY created, kind, namespace, name";

static const char *const statements[] = {
  [BV_STORE_PUT] =
      "INSERT INTO object"
      " (kind, namespace, name, uid, owner, generation, created, deleted, applied,"
      " manifest, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
      " ON CONFLICT (kind, namespace, name) DO UPDATE SET uid = excluded.uid,"
      " owner = excluded.owner, generation = excluded.generation,"
      " created = excluded.created, deleted = excluded.deleted, applied = excluded.applied,"
      " manifest = excluded.manifest, status = excluded.status",
  [BV_STORE_STATUS] = "UPDATE object SET status = ?2 WHERE uid = ?1",
  [BV_STORE_DELETE] = "DELETE FROM object WHERE uid = ?1",
  [BV_STORE_SET_FACT] = "INSERT OR REPLACE INTO fact (topic, key, value) VALUES (?, ?, ?)",
  [BV_STORE_DROP_FACT] = "DELETE FROM fact WHERE topic = ? AND key = ?",
};

static gboolean
set_error (BvStoreFile *self, GError **error)
{
  g_set_error (error, BV_ERROR, BV_ERROR_INTERNAL, _ ("The store %s cannot be used: %s."),
               self->path, sqlite3_errmsg (self->db));
  return FALSE;
}

static gboolean
run (BvStoreFile *self, const char *sql, GError **error)
{
  return sqlite3_exec (self->db, sql, NULL, NULL, NULL) == SQLITE_OK || set_error (self, error);
}

static gboolean
get_integer (BvStoreFile *self, const char *sql, int *value, GError **error)
{
  g_autoptr (BvStatement) statement = NULL;

  if (sqlite3_prepare_v2 (self->db, sql, -1, &statement, NULL) != SQLITE_OK ||
      sqlite3_step (statement) != SQLITE_ROW)
    return set_error (self, error);
  *value = sqlite3_column_int (statement, 0);
  return TRUE;
}

/* The kernel drops the lock with the process, however that ends. */
static gboolean
take_lock (BvStoreFile *self, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, LOCK_NAME, NULL);

  self->lock = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (self->lock >= 0 && flock (self->lock, LOCK_EX | LOCK_NB) == 0)
    return TRUE;
  if (self->lock >= 0 && errno == EWOULDBLOCK)
    g_set_error (
        error, BV_ERROR, BV_ERROR_BUSY,
        _ ("Another barevirtd uses the state folder %s. Stop it, or give this one a folder "
           "of its own with --state-dir."),
        folder);
  else
    g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The lock %s cannot be taken: %s."), path,
                 g_strerror (errno));
  return FALSE;
}

static gboolean
check_version (BvStoreFile *self, GError **error)
{
  int version, id;

  if (!get_integer (self, "PRAGMA user_version", &version, error) ||
      !get_integer (self, "PRAGMA application_id", &id, error))
    return FALSE;
  if (version > SCHEMA_VERSION)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
                   _ ("The store %s was written by a newer Barevirt (its version is %d, this one "
                      "knows %d). Start that newer one."),
                   self->path, version, SCHEMA_VERSION);
      return FALSE;
    }
  if (version != 0 && id != APPLICATION_ID)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                   _ ("%s is not a store of Barevirt's. Move it away, or give another folder with "
                      "--state-dir."),
                   self->path);
      return FALSE;
    }
  if (version == SCHEMA_VERSION)
    return TRUE;
  if (!run (self, "BEGIN IMMEDIATE", error))
    return FALSE;
  if (run (self, schema, error) && run (self, "COMMIT", error))
    return TRUE;
  sqlite3_exec (self->db, "ROLLBACK", NULL, NULL, NULL);
  return FALSE;
}

/* The file must be 0600 before SQLite writes a byte; its WAL gets the same mode. */
static gboolean
make_private (BvStoreFile *self, GError **error)
{
  int fd = open (self->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  gboolean good = fd >= 0 && fchmod (fd, 0600) == 0;

  if (!good)
    g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The store %s cannot be opened: %s."),
                 self->path, g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return good;
}

/* Opens the store in FOLDER, which is made if it is not there, and locks it. */
BvStoreFile *
bv_store_file_open (const char *folder, GError **error)
{
  g_autoptr (BvStoreFile) self = g_new0 (BvStoreFile, 1);

  self->lock = -1;
  self->path = g_build_filename (folder, STORE_NAME, NULL);
  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The folder %s cannot be made: %s."),
                   folder, g_strerror (errno));
      return NULL;
    }
  if (!take_lock (self, folder, error) || !make_private (self, error))
    return NULL;
  if (sqlite3_open_v2 (self->path, &self->db,
                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_NOFOLLOW,
                       NULL) != SQLITE_OK)
    {
      set_error (self, error);
      return NULL;
    }
  if (!run (self, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", error) ||
      !check_version (self, error) || !run (self, fact_schema, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
bv_store_file_close (BvStoreFile *self)
{
  g_clear_pointer (&self->db, sqlite3_close);
  if (self->lock >= 0)
    close (self->lock);
  g_free (self->path);
  g_free (self);
}

static char *
get_text (sqlite3_stmt *statement, int column)
{
  return g_strdup ((const char *)sqlite3_column_text (statement, column));
}

static BvStoreRow *
read_row (sqlite3_stmt *statement)
{
  BvStoreRow *row = g_new0 (BvStoreRow, 1);

  row->kind = get_text (statement, 0);
  row->namespace = get_text (statement, 1);
  row->name = get_text (statement, 2);
  row->uid = get_text (statement, 3);
  row->owner = get_text (statement, 4);
  row->generation = sqlite3_column_int64 (statement, 5);
  row->created = sqlite3_column_int64 (statement, 6);
  row->deleted = sqlite3_column_int64 (statement, 7);
  row->applied = get_text (statement, 8);
  row->manifest = get_text (statement, 9);
  row->status = get_text (statement, 10);
  return row;
}

GPtrArray *
bv_store_file_load (BvStoreFile *self, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify)bv_store_row_free);
  g_autoptr (BvStatement) statement = NULL;
  int result;

  if (sqlite3_prepare_v2 (self->db, select_rows, -1, &statement, NULL) != SQLITE_OK)
    {
      set_error (self, error);
      return NULL;
    }
  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    g_ptr_array_add (rows, read_row (statement));
  if (result != SQLITE_DONE)
    {
      set_error (self, error);
      return NULL;
    }
  return g_steal_pointer (&rows);
}

GPtrArray *
bv_store_file_load_facts (BvStoreFile *self, const char *topic, GError **error)
{
  g_autoptr (GPtrArray) facts = g_ptr_array_new_with_free_func ((GDestroyNotify)bv_store_fact_free);
  g_autoptr (BvStatement) statement = NULL;
  int result;

  if (sqlite3_prepare_v2 (self->db, select_facts, -1, &statement, NULL) != SQLITE_OK)
    {
      set_error (self, error);
      return NULL;
    }
  sqlite3_bind_text (statement, 1, topic, -1, SQLITE_STATIC);
  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    {
      BvStoreFact *fact = g_new0 (BvStoreFact, 1);

      fact->key = get_text (statement, 0);
      fact->value = get_text (statement, 1);
      g_ptr_array_add (facts, fact);
    }
  if (result != SQLITE_DONE)
    {
      set_error (self, error);
      return NULL;
    }
  return g_steal_pointer (&facts);
}

static void
bind_text (sqlite3_stmt *statement, int place, const char *text)
{
  sqlite3_bind_text (statement, place, text != NULL ? text : "", -1, SQLITE_STATIC);
}

static void
bind_row (sqlite3_stmt *statement, const BvStoreRow *row)
{
  bind_text (statement, 1, row->kind);
  bind_text (statement, 2, row->namespace);
  bind_text (statement, 3, row->name);
  bind_text (statement, 4, row->uid);
  bind_text (statement, 5, row->owner);
  sqlite3_bind_int64 (statement, 6, row->generation);
  sqlite3_bind_int64 (statement, 7, row->created);
  sqlite3_bind_int64 (statement, 8, row->deleted);
  bind_text (statement, 9, row->applied);
  bind_text (statement, 10, row->manifest);
  bind_text (statement, 11, row->status);
}

static void
bind_change (sqlite3_stmt *statement, const BvStoreChange *change)
{
  switch (change->action)
    {
    case BV_STORE_PUT:
      bind_row (statement, change->row);
      break;
    case BV_STORE_STATUS:
      bind_text (statement, 2, change->status);
      G_GNUC_FALLTHROUGH;
    case BV_STORE_DELETE:
      bind_text (statement, 1, change->uid);
      break;
    case BV_STORE_SET_FACT:
      bind_text (statement, 3, change->value);
      G_GNUC_FALLTHROUGH;
    case BV_STORE_DROP_FACT:
      bind_text (statement, 1, change->topic);
      bind_text (statement, 2, change->key);
      break;
    }
}

static gboolean
write_change (BvStoreFile *self, const BvStoreChange *change, GError **error)
{
  g_autoptr (BvStatement) statement = NULL;

  if (sqlite3_prepare_v2 (self->db, statements[change->action], -1, &statement, NULL) != SQLITE_OK)
    return set_error (self, error);
  bind_change (statement, change);
  return sqlite3_step (statement) == SQLITE_DONE || set_error (self, error);
}

static gboolean
write_batch (BvStoreFile *self, BvStoreBatch *batch, GError **error)
{
  GPtrArray *changes = bv_store_batch_get_changes (batch);

  if (!run (self, "SAVEPOINT batch", error))
    return FALSE;
  for (guint i = 0; i < changes->len; i++)
    if (!write_change (self, g_ptr_array_index (changes, i), error))
      {
        sqlite3_exec (self->db, "ROLLBACK TO batch; RELEASE batch", NULL, NULL, NULL);
        return FALSE;
      }
  return run (self, "RELEASE batch", error);
}

gboolean
bv_store_file_write (BvStoreFile *self, GPtrArray *batches, GError **errors)
{
  g_autoptr (GError) error = NULL;

  if (run (self, "BEGIN IMMEDIATE", &error))
    {
      for (guint i = 0; i < batches->len; i++)
        write_batch (self, g_ptr_array_index (batches, i), &errors[i]);
      if (run (self, "COMMIT", &error))
        return TRUE;
      sqlite3_exec (self->db, "ROLLBACK", NULL, NULL, NULL);
    }
  for (guint i = 0; i < batches->len; i++)
    {
      g_clear_error (&errors[i]);
      errors[i] = g_error_copy (error);
    }
  return FALSE;
}
