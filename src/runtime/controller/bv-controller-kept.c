/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/controller/bv-controller-private.h"

#include "host/bv-kept-state.h"
#include "runtime/connection/bv-connection-wait.h"

/* What guests keep beyond their VMIs goes with their VMs. */

typedef struct
{
  BvEnvironment *environment;
  char *uid;         /* whose state goes; or NULL: */
  GHashTable *known; /* of all that are not among these uids */
} Forgetting;

static Forgetting *
forgetting_new (BvController *controller)
{
  Forgetting *self = g_new0 (Forgetting, 1);

  self->environment = bv_environment_ref (controller->environment);
  return self;
}

static void
forgetting_free (Forgetting *self)
{
  bv_environment_unref (self->environment);
  g_free (self->uid);
  g_clear_pointer (&self->known, g_hash_table_unref);
  g_free (self);
}

/* What is left is found at the next start. */
static void
forget (const Forgetting *self, const char *uid)
{
  BvLibvirtCaller libvirt = bv_connection_get_caller (self->environment->connection);
  g_autoptr (GError) error = NULL;

  if (!bv_kept_state_remove (self->environment->state_directory, uid, &libvirt, &error))
    g_warning ("%s", error->message);
}

static void
forget_in_worker (GTask *task)
{
  const Forgetting *self = g_task_get_task_data (task);
  g_autoptr (GHashTable) kept = NULL;
  GHashTableIter iter;
  gpointer uid;

  if (self->uid != NULL)
    forget (self, self->uid);
  else
    {
      kept = bv_kept_state_list (self->environment->state_directory);
      g_hash_table_iter_init (&iter, kept);
      while (g_hash_table_iter_next (&iter, &uid, NULL))
        if (!g_hash_table_contains (self->known, uid))
          forget (self, uid);
    }
  g_task_return_boolean (task, TRUE);
}

/* Takes FORGETTING. */
static void
push (Forgetting *forgetting)
{
  GTask *task = g_task_new (NULL, NULL, NULL, NULL);

  g_task_set_source_tag (task, push);
  g_task_set_task_data (task, forgetting, (GDestroyNotify)forgetting_free);
  bv_worker_push_task (forgetting->environment->workers, forget_in_worker, task);
}

void
bv_controller_forget_kept_state (BvController *self, BvEntry *entry)
{
  BvObject *object = bv_entry_get_object (entry);
  Forgetting *forgetting;

  if (!BV_IS_VMI (object) && !BV_IS_VIRTUAL_MACHINE (object))
    return;
  forgetting = forgetting_new (self);
  forgetting->uid = g_strdup (bv_object_get_uid (object));
  push (forgetting);
}

/* Of those that went while the service, or libvirt, was away. */
void
bv_controller_collect_kept_state (BvController *self)
{
  g_autoptr (GPtrArray) entries = bv_registry_list (self->registry);
  Forgetting *forgetting = forgetting_new (self);

  forgetting->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < entries->len; i++)
    {
      BvObject *object = bv_entry_get_object (g_ptr_array_index (entries, i));

      g_hash_table_add (forgetting->known, g_strdup (bv_object_get_uid (object)));
    }
  push (forgetting);
}
