/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-client.h"
#include "cli/bv-cli.h"
#include "model/bv-error.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* image-upload: what virtctl's verb of this name does, with its options; the image goes over as an
 * open file. */

#define USUAL_WAIT_SECONDS 300

typedef struct
{
  BvCliOptions common;
  char *image_path;
  char *size;
  char *storage_class;
  char *access_mode;
  char *volume_mode;
  gboolean no_create;
  gboolean insecure;
  gboolean force_bind;
  int wait_seconds;
} Options;

static void
options_clear (Options *self)
{
  bv_cli_options_clear (&self->common);
  g_clear_pointer (&self->image_path, g_free);
  g_clear_pointer (&self->size, g_free);
  g_clear_pointer (&self->storage_class, g_free);
  g_clear_pointer (&self->access_mode, g_free);
  g_clear_pointer (&self->volume_mode, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static void
add_string (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

static void
begin (JsonBuilder *builder, const char *name)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
}

static void
write_storage (JsonBuilder *builder, const Options *options)
{
  begin (builder, "storage");
  if (options->storage_class != NULL)
    add_string (builder, "storageClassName", options->storage_class);
  if (options->volume_mode != NULL)
    add_string (builder, "volumeMode",
                g_ascii_strcasecmp (options->volume_mode, "block") == 0 ? "Block" : "Filesystem");
  if (options->access_mode != NULL)
    {
      json_builder_set_member_name (builder, "accessModes");
      json_builder_begin_array (builder);
      json_builder_add_string_value (builder, options->access_mode);
      json_builder_end_array (builder);
    }
  begin (builder, "resources");
  begin (builder, "requests");
  add_string (builder, "storage", options->size);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
}

static char *
make_manifest (const Options *options, const char *name)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  add_string (builder, "apiVersion", "cdi.kubevirt.io/v1beta1");
  add_string (builder, "kind", "DataVolume");
  begin (builder, "metadata");
  add_string (builder, "name", name);
  add_string (builder, "namespace", bv_cli_options_get_namespace (&options->common));
  json_builder_end_object (builder);
  begin (builder, "spec");
  begin (builder, "source");
  begin (builder, "upload");
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  write_storage (builder, options);
  json_builder_end_object (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

static gboolean
create (BvCliClient *client, const Options *options, const char *name, GError **error)
{
  g_autofree char *manifest = make_manifest (options, name);

  return bv_dbus_manager_call_apply_sync (bv_cli_client_get_manager (client), manifest,
                                          g_variant_new ("a{sv}", NULL), NULL, NULL, NULL, error);
}

static gboolean
bv_cli_upload_timed_out_cb (gpointer user_data)
{
  *(gboolean *)user_data = TRUE;
  return G_SOURCE_REMOVE;
}

static gboolean
wait_until_ready (BvDBusDataVolume *volume, const char *name, int seconds, GError **error)
{
  gboolean timed_out = FALSE;
  guint timeout = g_timeout_add_seconds (seconds, bv_cli_upload_timed_out_cb, &timed_out);
  const char *phase;

  while (phase = bv_dbus_data_volume_get_phase (volume),
         !timed_out && g_strcmp0 (phase, "UploadReady") != 0 &&
             g_strcmp0 (phase, "Succeeded") != 0 && g_strcmp0 (phase, "Failed") != 0)
    g_main_context_iteration (NULL, TRUE);
  if (!timed_out)
    g_source_remove (timeout);
  if (g_strcmp0 (phase, "UploadReady") == 0)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
               _ ("The DataVolume “%s” takes no upload: it is in the phase %s. %s"), name,
               phase != NULL ? phase : "", bv_dbus_data_volume_get_message (volume));
  return FALSE;
}

static gboolean
send (BvCliClient *client, BvDBusDataVolume *volume, int fd, GError **error)
{
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new_from_array (&fd, 1);
  g_autofree char *job = NULL;
  struct stat status;
  GVariantDict options;

  g_variant_dict_init (&options, NULL);
  if (fstat (fd, &status) == 0 && S_ISREG (status.st_mode))
    g_variant_dict_insert (&options, "size", "t", (guint64)status.st_size);
  return bv_dbus_data_volume_call_upload_sync (volume, g_variant_new_handle (0),
                                               g_variant_dict_end (&options), list, &job, NULL,
                                               NULL, error) &&
         bv_cli_client_wait_for_job (client, job, error);
}

static int
open_image (const char *path, GError **error)
{
  int fd = g_str_equal (path, "-") ? dup (STDIN_FILENO) : open (path, O_RDONLY | O_CLOEXEC);

  if (fd < 0)
    g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT, _ ("%s cannot be opened: %s."), path,
                 g_strerror (errno));
  return fd;
}

/* Takes FD. */
static gboolean
upload (const Options *options, const char *name, int fd, GError **error)
{
  g_autoptr (BvCliClient) client = bv_cli_client_new (&options->common, error);
  g_autoptr (BvDBusObject) object = NULL;

  if (client != NULL && (options->no_create || create (client, options, name, error)))
    {
      /* The object's own signals come before the reply, and are handled here. */
      while (g_main_context_iteration (NULL, FALSE))
        ;
      object = bv_cli_client_find (client, "DataVolume", name, error);
    }
  if (object == NULL ||
      !wait_until_ready (bv_dbus_object_peek_data_volume (object), name,
                         options->wait_seconds > 0 ? options->wait_seconds : USUAL_WAIT_SECONDS,
                         error))
    {
      close (fd);
      return FALSE;
    }
  return send (client, bv_dbus_object_peek_data_volume (object), fd, error);
}

int
bv_cli_image_upload (int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  const GOptionEntry entries[] = {
    { "image-path", 0, 0, G_OPTION_ARG_FILENAME, &options.image_path,
      N_ ("The image, raw or qcow2, perhaps compressed; - for standard input"), N_ ("FILE") },
    { "size", 0, 0, G_OPTION_ARG_STRING, &options.size, N_ ("Size of the claim, such as 10Gi"),
      N_ ("SIZE") },
    { "storage-class", 0, 0, G_OPTION_ARG_STRING, &options.storage_class, N_ ("The storage pool"),
      N_ ("POOL") },
    { "access-mode", 0, 0, G_OPTION_ARG_STRING, &options.access_mode,
      N_ ("Access mode of the claim"), N_ ("MODE") },
    { "volume-mode", 0, 0, G_OPTION_ARG_STRING, &options.volume_mode, N_ ("filesystem or block"),
      N_ ("MODE") },
    { "no-create", 0, 0, G_OPTION_ARG_NONE, &options.no_create,
      N_ ("Use a DataVolume that is there"), NULL },
    { "wait-secs", 0, 0, G_OPTION_ARG_INT, &options.wait_seconds,
      N_ ("How long to wait until the upload can begin"), N_ ("SECONDS") },
    { "insecure", 0, 0, G_OPTION_ARG_NONE, &options.insecure,
      N_ ("Without effect: nothing goes over a network"), NULL },
    { "force-bind", 0, 0, G_OPTION_ARG_NONE, &options.force_bind,
      N_ ("Without effect: claims are bound at once"), NULL },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  int fd;

  if (!bv_cli_options_parse (&options.common, entries, &argc, &argv, &error))
    return bv_cli_misuse ("%s", error->message);
  if (argc != 3 || (!g_str_equal (argv[1], "dv") && !g_str_equal (argv[1], "datavolume")))
    return bv_cli_misuse (_ ("Say what the image becomes: “barevirt image-upload dv NAME”."));
  if (options.image_path == NULL || (options.size == NULL && !options.no_create))
    return bv_cli_misuse (_ ("“barevirt image-upload” needs --image-path FILE and --size SIZE."));
  fd = open_image (options.image_path, &error);
  if (fd < 0 || !upload (&options, argv[2], fd, &error))
    return bv_cli_fail (error);
  bv_cli_say (_ ("datavolume/%s holds the image."), argv[2]);
  return 0;
}
