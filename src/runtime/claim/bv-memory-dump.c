/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/claim/bv-memory-dump.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "host/bv-libvirt-autocleanups.h"
#include "host/bv-libvirt-error.h"
#include "host/pool/bv-dump-volume.h"
#include "model/bv-error.h"
#include "runtime/domain/bv-domain-request.h"

#define PART_SIZE (1 << 20)
#define KIBIBYTE 1024

/* Two work at it: libvirt's call, which writes, and a thread, which copies: a worker's where a file
 * gets it, and one beside the call where it is a volume, which the same connection writes. */
typedef struct
{
  BvEnvironment *environment;
  BvDomainRequest *request;
  BvJob *job;
  BvProgress *progress;
  GCancellable *cancellable;
  gpointer total_kib;    /* atomic: what the guest's memory has */
  int file;              /* -1: none */
  BvPoolVolume *volume;  /* that gets it instead, or NULL */
  BvDumpVolume *writing; /* while it does */
  guint64 expected;      /* bytes that it takes at most */
  GError *copy_error;
  int read_end;
  int write_end;
  GError *error; /* the first */
  guint n_parts; /* that are under way */
} Dump;

static void
close_end (int *fd)
{
  if (*fd >= 0)
    g_close (*fd, NULL);
  *fd = -1;
}

static void
dump_free (Dump *self)
{
  g_signal_handlers_disconnect_by_data (self->job, self->cancellable);
  close_end (&self->file);
  close_end (&self->read_end);
  close_end (&self->write_end);
  bv_domain_request_free (self->request);
  g_clear_error (&self->error);
  g_clear_error (&self->copy_error);
  g_clear_pointer (&self->volume, bv_pool_volume_free);
  g_object_unref (self->progress);
  g_object_unref (self->cancellable);
  g_clear_object (&self->job);
  bv_environment_unref (self->environment);
  g_free (self);
}

/* The end of a part; ERROR is taken. */
static void
end_part (Dump *self, GError *error)
{
  if (error != NULL && self->error == NULL)
    self->error = error;
  else
    g_clear_error (&error);
  if (--self->n_parts > 0)
    return;
  if (g_cancellable_is_cancelled (self->cancellable))
    {
      g_clear_error (&self->error);
      self->error =
          g_error_new_literal (BV_ERROR, BV_ERROR_CANCELLED,
                               _ ("The dump was cancelled; what is there of it is not whole."));
    }
  bv_job_end (&self->job, self->error);
  dump_free (self);
}

static gboolean
check_room (Dump *self, guint64 kib, GError **error)
{
  struct statvfs room;

  if (self->file < 0 || fstatvfs (self->file, &room) != 0 ||
      room.f_bavail * (room.f_frsize / KIBIBYTE) >= kib)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_LIMIT_EXCEEDED,
               _ ("The guest has %" G_GUINT64_FORMAT " MiB of memory, and there is less room where "
                  "the dump is to be. Make room, or write it elsewhere."),
               kib / KIBIBYTE);
  return FALSE;
}

/* libvirt opens the pipe by the service's own list of files, and gives it to QEMU. */
static gpointer
dump_memory (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  Dump *self = data;
  g_autoptr (virDomain) domain = bv_domain_request_look_up (self->request, handle, error);
  g_autofree char *path = g_strdup_printf ("/proc/%d/fd/%d", (int)getpid (), self->write_end);
  gulong kib = domain != NULL ? virDomainGetMaxMemory (domain) : 0;

  if (domain == NULL || !check_room (self, kib, error))
    return NULL;
  g_atomic_pointer_set (&self->total_kib, GSIZE_TO_POINTER (kib));
  if (virDomainCoreDumpWithFormat (domain, path, VIR_DOMAIN_CORE_DUMP_FORMAT_RAW,
                                   VIR_DUMP_MEMORY_ONLY) == 0)
    return self;
  bv_set_error_from_libvirt (error, _ ("The memory of the domain %s cannot be dumped"),
                             self->request->name);
  return NULL;
}

static void
bv_memory_dump_written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Dump *self = user_data;
  GError *error = NULL;

  bv_connection_call_finish (BV_CONNECTION (source), result, &error);
  /* The copy ends when nobody has this end any more. */
  close_end (&self->write_end);
  end_part (self, error);
}

static gboolean
write_part (Dump *self, const char *part, gsize length, GError **error)
{
  if (self->writing != NULL)
    return bv_dump_volume_write (self->writing, part, length, error);
  while (length > 0)
    {
      gssize n = write (self->file, part, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          g_set_error (error, BV_ERROR, BV_ERROR_FAILED, _ ("The dump cannot be written: %s."),
                       g_strerror (errno));
          return FALSE;
        }
      part += n;
      length -= (gsize)n;
    }
  return TRUE;
}

/* What comes next, 0 at the end, -1 where it is not wanted any more. */
static gssize
read_part (Dump *self, char *part)
{
  struct pollfd ends[] = { { self->read_end, POLLIN, 0 },
                           { g_cancellable_get_fd (self->cancellable), POLLIN, 0 } };
  gssize n = -1;

  while (poll (ends, G_N_ELEMENTS (ends), -1) < 0 && errno == EINTR)
    continue;
  if (!g_cancellable_is_cancelled (self->cancellable))
    do
      n = read (self->read_end, part, PART_SIZE);
    while (n < 0 && errno == EINTR);
  g_cancellable_release_fd (self->cancellable);
  return n;
}

static gboolean
copy (Dump *self, GError **error)
{
  g_autofree char *part = g_malloc (PART_SIZE);
  guint64 done = 0;
  gboolean good = TRUE;
  gssize n;

  while (good && (n = read_part (self, part)) > 0)
    if ((good = write_part (self, part, (gsize)n, error)))
      {
        guint64 kib = GPOINTER_TO_SIZE (g_atomic_pointer_get (&self->total_kib));

        done += (guint64)n;
        bv_progress_set (self->progress, _ ("Dumping the guest's memory"), done, kib * KIBIBYTE);
      }
  /* QEMU notices that nobody reads, and lets the guest go on. */
  close_end (&self->read_end);
  return good;
}

static void
copy_in_worker (GTask *task)
{
  Dump *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (copy (self, &error) && fsync (self->file) != 0)
    g_set_error (&error, BV_ERROR, BV_ERROR_FAILED, _ ("The dump cannot be written: %s."),
                 g_strerror (errno));
  if (error != NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_boolean (task, TRUE);
}

static void
bv_memory_dump_copied_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  g_task_propagate_boolean (G_TASK (result), &error);
  end_part (user_data, error);
}

static gpointer
copy_cb (gpointer data)
{
  Dump *self = data;

  copy (self, &self->copy_error);
  return NULL;
}

static gboolean
finish_volume (Dump *self, GError **error)
{
  if (self->copy_error != NULL)
    {
      g_clear_error (error);
      g_propagate_error (error, g_steal_pointer (&self->copy_error));
      return FALSE;
    }
  /* What comes too late to stop QEMU still keeps a dump from being taken for whole. */
  return (error == NULL || *error == NULL) &&
         !g_cancellable_set_error_if_cancelled (self->cancellable, error) &&
         bv_dump_volume_finish (self->writing, error);
}

/* The volume is written by a connection of its own: while the call that dumps waits for its answer,
 * libvirt 9.0 may leave what another thread sends by the same one unsent. */
static virConnectPtr
connect_beside (virConnectPtr handle, GError **error)
{
  char *uri = virConnectGetURI (handle);
  virConnectPtr beside = uri != NULL ? virConnectOpen (uri) : NULL;

  if (beside == NULL)
    bv_set_error_from_libvirt (error, _ ("The dump cannot be written"));
  free (uri);
  return beside;
}

static gboolean
write_volume (Dump *self, virConnectPtr handle, virConnectPtr beside, GError **error)
{
  gboolean done;
  GThread *thread;

  self->writing = bv_dump_volume_open (beside, self->volume, self->expected, error);
  if (self->writing == NULL)
    return FALSE;
  thread = g_thread_new ("dump", copy_cb, self);
  dump_memory (handle, self, self->cancellable, error);
  close_end (&self->write_end);
  g_thread_join (thread);
  done = finish_volume (self, error);
  g_clear_pointer (&self->writing, bv_dump_volume_free);
  return done;
}

static gpointer
dump_into_volume (virConnectPtr handle, gpointer data, GCancellable *cancellable, GError **error)
{
  Dump *self = data;
  g_autoptr (virConnect) beside = connect_beside (handle, error);

  return beside != NULL && write_volume (self, handle, beside, error) ? self : NULL;
}

static void
begin_volume (Dump *self)
{
  g_autofree char *key = g_strconcat (self->request->name, " dump", NULL);

  self->n_parts = 1;
  bv_connection_call_async (self->environment->connection, BV_LANE_JOBS, key, dump_into_volume,
                            self, NULL, NULL, self->cancellable, bv_memory_dump_written_cb, self);
}

static void
begin (Dump *self)
{
  /* Other calls for the guest do not wait for this one. */
  g_autofree char *key = g_strconcat (self->request->name, " dump", NULL);
  g_autoptr (GTask) task = g_task_new (NULL, NULL, bv_memory_dump_copied_cb, self);

  g_task_set_source_tag (task, begin);
  g_task_set_task_data (task, self, NULL);
  self->n_parts = 2;
  bv_connection_call_async (self->environment->connection, BV_LANE_JOBS, key, dump_memory, self,
                            NULL, NULL, self->cancellable, bv_memory_dump_written_cb, self);
  bv_worker_push_task (self->environment->workers, copy_in_worker, g_steal_pointer (&task));
}

static gboolean
check_file (int fd, GError **error)
{
  struct stat status;
  int flags = fcntl (fd, F_GETFL);

  /* A reader that stops to read would have the guest stand still. */
  if (fstat (fd, &status) == 0 && S_ISREG (status.st_mode) && (flags & O_ACCMODE) != O_RDONLY)
    return TRUE;
  g_set_error_literal (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
                       _ ("The memory can be dumped into a regular file only, one that is open for "
                          "writing."));
  return FALSE;
}

static Dump *
dump_new (BvEnvironment *environment, BvEntry *entry, const BvDomainInfo *domain, const int *ends)
{
  Dump *self = g_new0 (Dump, 1);

  self->environment = bv_environment_ref (environment);
  self->request = bv_domain_request_new (domain->name, NULL, 0);
  bv_domain_request_set_uuid (self->request, domain->uuid);
  self->job = bv_job_new ("dump-memory", entry);
  self->progress = g_object_ref (bv_job_get_progress (self->job));
  self->cancellable = g_cancellable_new ();
  self->file = -1;
  self->read_end = ends[0];
  self->write_end = ends[1];
  g_signal_connect_swapped (self->job, "cancel", G_CALLBACK (g_cancellable_cancel),
                            self->cancellable);
  return self;
}

BvJob *
bv_memory_dump_begin (BvEnvironment *environment, BvEntry *entry, const BvDomainInfo *domain,
                      int fd, GError **error)
{
  Dump *self;
  int ends[2];

  if (!check_file (fd, error) || !g_unix_open_pipe (ends, FD_CLOEXEC, error))
    {
      g_close (fd, NULL);
      return NULL;
    }
  self = dump_new (environment, entry, domain, ends);
  self->file = fd;
  begin (self);
  return g_object_ref (self->job);
}

BvJob *
bv_memory_dump_begin_volume (BvEnvironment *environment, BvEntry *entry, const BvDomainInfo *domain,
                             const BvPoolVolume *volume, GError **error)
{
  Dump *self;
  int ends[2];

  if (!g_unix_open_pipe (ends, FD_CLOEXEC, error))
    return NULL;
  self = dump_new (environment, entry, domain, ends);
  self->volume = bv_pool_volume_copy (volume);
  self->expected = domain->size.guest_requested + BV_MEMORY_DUMP_EXTRA;
  begin_volume (self);
  return g_object_ref (self->job);
}
