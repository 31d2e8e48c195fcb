/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/bv-access-plan.h"

#include "host/volume/bv-volume-kinds.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct
{
  BvAccessPlan *plan;
  BvSecretLookup lookup;
  gpointer user_data;
} Planning;

static void
step_free (gpointer data)
{
  BvAccessStep *self = data;

  g_free (self->user);
  g_free (self->password);
  g_clear_pointer (&self->keys, g_ptr_array_unref);
  g_free (self);
}

void
bv_access_plan_free (BvAccessPlan *self)
{
  g_ptr_array_unref (self->steps);
  g_free (self->problem);
  g_free (self);
}

static const char *const *
get_key_users (const BvApiAccessCredential *credential, guint *n_users)
{
  const BvApiSSHPublicKeyAccessCredential *key = credential->ssh_public_key;

  if (key == NULL || key->propagation_method == NULL ||
      key->propagation_method->qemu_guest_agent == NULL)
    return NULL;
  *n_users = key->propagation_method->qemu_guest_agent->n_users;
  return key->propagation_method->qemu_guest_agent->users;
}

static gboolean
is_password (const BvApiAccessCredential *credential)
{
  const BvApiUserPasswordAccessCredential *password = credential->user_password;

  return password != NULL && password->propagation_method != NULL &&
         password->propagation_method->qemu_guest_agent != NULL;
}

/* Whether any credentials go by the agent. */
gboolean
bv_access_plan_is_wanted (const BvApiVirtualMachineInstanceSpec *spec)
{
  guint n_users;

  for (guint i = 0; i < spec->n_access_credentials; i++)
    if (get_key_users (spec->access_credentials[i], &n_users) != NULL ||
        is_password (spec->access_credentials[i]))
      return TRUE;
  return FALSE;
}

static const BvApiSecret *
find_secret (Planning *self, const BvApiAccessCredentialSecretSource *source)
{
  const BvApiSecret *secret;

  if (source == NULL || source->secret_name == NULL)
    return NULL;
  secret = self->lookup (source->secret_name, self->user_data);
  if (secret == NULL && self->plan->problem == NULL)
    self->plan->problem = g_strdup_printf (
        _ ("There is no Secret %s, which has access credentials; apply it."), source->secret_name);
  return secret;
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static void
add_names (GPtrArray *names, const BvStringPair *pairs, guint n_pairs)
{
  for (guint i = 0; i < n_pairs; i++)
    if (!g_ptr_array_find_with_equal_func (names, pairs[i].key, g_str_equal, NULL))
      g_ptr_array_add (names, (gpointer)pairs[i].key);
}

/* By name, as a folder is listed. */
static GPtrArray *
list_names (const BvApiSecret *secret)
{
  GPtrArray *names = g_ptr_array_new ();

  add_names (names, secret->data, secret->n_data);
  add_names (names, secret->string_data, secret->n_string_data);
  g_ptr_array_sort (names, compare_texts);
  return names;
}

static char *
read_text (const BvApiSecret *secret, const char *name)
{
  g_autoptr (GBytes) value = bv_secret_get_value (secret, name);
  gsize size;
  const char *data = g_bytes_get_data (value, &size);

  return g_strstrip (g_utf8_make_valid (data != NULL ? data : "", (gssize)size));
}

static BvAccessStep *
find_step (BvAccessPlan *plan, const char *user, gboolean about_keys)
{
  BvAccessStep *step;

  for (guint i = 0; i < plan->steps->len; i++)
    {
      step = g_ptr_array_index (plan->steps, i);
      if (g_str_equal (step->user, user) && (step->keys != NULL) == about_keys)
        return step;
    }
  step = g_new0 (BvAccessStep, 1);
  step->user = g_strdup (user);
  step->keys = about_keys ? g_ptr_array_new_with_free_func (g_free) : NULL;
  g_ptr_array_add (plan->steps, step);
  return step;
}

static void
add_keys (BvAccessStep *step, const BvApiSecret *secret)
{
  g_autoptr (GPtrArray) names = list_names (secret);

  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *text = read_text (secret, g_ptr_array_index (names, i));
      g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

      for (guint j = 0; lines[j] != NULL; j++)
        if (g_strstrip (lines[j])[0] != '\0')
          g_ptr_array_add (step->keys, g_strdup (lines[j]));
    }
}

/* A later Secret has the last word. */
static void
add_passwords (BvAccessPlan *plan, const BvApiSecret *secret)
{
  g_autoptr (GPtrArray) names = list_names (secret);

  for (guint i = 0; i < names->len; i++)
    {
      const char *user = g_ptr_array_index (names, i);
      g_autofree char *password = read_text (secret, user);
      BvAccessStep *step;

      if (password[0] == '\0')
        continue;
      step = find_step (plan, user, FALSE);
      g_free (step->password);
      step->password = g_steal_pointer (&password);
    }
}

/* Whoever would lose keys because a Secret is not there keeps them. */
static void
add_credential (Planning *self, const BvApiAccessCredential *credential, GHashTable *spared)
{
  guint n_users = 0;
  const char *const *users = get_key_users (credential, &n_users);
  const BvApiSecret *secret;

  if (users == NULL && !is_password (credential))
    return;
  secret = find_secret (self, users != NULL ? credential->ssh_public_key->source->secret
                                            : credential->user_password->source->secret);
  for (guint i = 0; i < n_users; i++)
    if (secret == NULL)
      g_hash_table_add (spared, (gpointer)users[i]);
    else
      add_keys (find_step (self->plan, users[i], TRUE), secret);
  if (users == NULL && secret != NULL)
    add_passwords (self->plan, secret);
}

BvAccessPlan *
bv_access_plan_new (const BvApiVirtualMachineInstanceSpec *spec, BvSecretLookup lookup,
                    gpointer user_data)
{
  BvAccessPlan *plan = g_new0 (BvAccessPlan, 1);
  Planning planning = { plan, lookup, user_data };
  g_autoptr (GHashTable) spared = g_hash_table_new (g_str_hash, g_str_equal);

  plan->steps = g_ptr_array_new_with_free_func (step_free);
  for (guint i = 0; i < spec->n_access_credentials; i++)
    add_credential (&planning, spec->access_credentials[i], spared);
  for (guint i = plan->steps->len; i > 0; i--)
    {
      const BvAccessStep *step = g_ptr_array_index (plan->steps, i - 1);

      if (step->keys != NULL && g_hash_table_contains (spared, step->user))
        g_ptr_array_remove_index (plan->steps, i - 1);
    }
  return plan;
}

static gboolean
equal_steps (const BvAccessStep *a, const BvAccessStep *b)
{
  gboolean equal = g_str_equal (a->user, b->user) && g_strcmp0 (a->password, b->password) == 0 &&
                   (a->keys == NULL) == (b->keys == NULL);

  if (!equal || a->keys == NULL)
    return equal;
  equal = a->keys->len == b->keys->len;
  for (guint i = 0; equal && i < a->keys->len; i++)
    equal = g_str_equal (g_ptr_array_index (a->keys, i), g_ptr_array_index (b->keys, i));
  return equal;
}

gboolean
bv_access_plan_equal (const BvAccessPlan *a, const BvAccessPlan *b)
{
  gboolean equal = a->steps->len == b->steps->len && g_strcmp0 (a->problem, b->problem) == 0;

  for (guint i = 0; equal && i < a->steps->len; i++)
    equal = equal_steps (g_ptr_array_index (a->steps, i), g_ptr_array_index (b->steps, i));
  return equal;
}
