/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "daemon/bv-manager-images.h"

#include <glib/gi18n-lib.h>

#include "host/image/bv-image-collector.h"
#include "host/image/bv-image-store.h"
#include "model/bv-error.h"
#include "runtime/connection/bv-worker.h"

/* What a worker does with the cache. */
typedef struct
{
  BvImageStore *images;
  char *name; /* of the one that is to go; NULL: all */
} Work;

static void
work_free (Work *self)
{
  bv_image_store_unref (self->images);
  g_free (self->name);
  g_free (self);
}

static GVariant *
image_to_variant (const BvImageInfo *info)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "name", "s", info->name != NULL ? info->name : "");
  g_variant_dict_insert (&dict, "digest", "s", info->digest);
  g_variant_dict_insert (&dict, "size", "t", info->size);
  g_variant_dict_insert (&dict, "lastUsed", "t", (guint64)info->last_used);
  g_variant_dict_insert (&dict, "used", "b", info->used);
  return g_variant_dict_end (&dict);
}

static void
list_in_worker (GTask *task)
{
  const Work *work = g_task_get_task_data (task);
  g_autoptr (GPtrArray) images = bv_image_store_list (work->images);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < images->len; i++)
    g_variant_builder_add_value (&builder, image_to_variant (g_ptr_array_index (images, i)));
  g_task_return_pointer (task, g_variant_ref_sink (g_variant_new ("(aa{sv})", &builder)),
                         (GDestroyNotify)g_variant_unref);
}

static gboolean
is_there (BvImageStore *images, const char *name)
{
  g_autoptr (GPtrArray) infos = bv_image_store_list (images);

  for (guint i = 0; i < infos->len; i++)
    if (g_strcmp0 (((const BvImageInfo *)g_ptr_array_index (infos, i))->name, name) == 0)
      return TRUE;
  return FALSE;
}

/* One that was named and is still there is used. */
static gboolean
check_named (const Work *work, GStrv names, gboolean was_there, GError **error)
{
  if (work->name == NULL || names[0] != NULL)
    return TRUE;
  if (was_there)
    g_set_error (error, BV_ERROR, BV_ERROR_BUSY,
                 _ ("The image %s is used by a virtual machine; stop that first."), work->name);
  else
    g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND,
                 _ ("There is no image %s on this host; “barevirt image list” lists them."),
                 work->name);
  return FALSE;
}

static void
prune_in_worker (GTask *task)
{
  const Work *work = g_task_get_task_data (task);
  gboolean was_there = work->name != NULL && is_there (work->images, work->name);
  GError *error = NULL;
  guint64 freed = 0;
  g_auto (GStrv) names = bv_image_store_prune (work->images, work->name, &freed, &error);

  if (names == NULL || !check_named (work, names, was_there, &error))
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, g_variant_ref_sink (g_variant_new ("(^ast)", names, freed)),
                           (GDestroyNotify)g_variant_unref);
}

static void
bv_manager_images_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BvRequest *request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = g_task_propagate_pointer (G_TASK (result), &error);

  if (answer != NULL)
    bv_request_return (request, answer);
  else
    bv_request_return_error (request, error);
}

static void
begin (BvRequest *request, BvTaskFunc func, const char *name)
{
  BvEnvironment *environment =
      bv_controller_get_environment (bv_bus_get_controller (bv_request_get_bus (request)));
  GTask *task = g_task_new (NULL, NULL, bv_manager_images_done_cb, request);
  Work *work = g_new0 (Work, 1);

  work->images = bv_image_store_ref (environment->images);
  work->name = g_strdup (name);
  g_task_set_source_tag (task, begin);
  g_task_set_task_data (task, work, (GDestroyNotify)work_free);
  bv_worker_push_task (environment->workers, func, task);
}

void
bv_manager_get_images (BvRequest *request, gpointer user_data)
{
  begin (request, list_in_worker, NULL);
}

void
bv_manager_prune_images (BvRequest *request, gpointer user_data)
{
  g_autoptr (GVariant) options = bv_request_get_options (request);
  const char *name = NULL;

  g_variant_lookup (options, "name", "&s", &name);
  begin (request, prune_in_worker, name);
}
