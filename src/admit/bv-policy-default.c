/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-policy-default.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "model/bv-quantity.h"

typedef enum
{
  KIND_TEXT,
  KIND_CHOICE,
  KIND_NUMBER,
  KIND_QUANTITY, /* or nothing */
  KIND_WORD,     /* or nothing */
} Kind;

/* With KubeVirt's own values. */
static const struct
{
  const char *name;
  Kind kind;
  const char *value;
  const char *const *choices;
  guint64 least;
  guint64 most;
} defaults[] = {
  [BV_POLICY_DEFAULT_CPU_MODEL] = { "cpu-model", KIND_TEXT, "host-model" },
  [BV_POLICY_DEFAULT_CPU_REQUEST] = { "cpu-request", KIND_QUANTITY, "100m" },
  [BV_POLICY_DEFAULT_EVICTION_STRATEGY] = { "eviction-strategy", KIND_CHOICE, "None",
                                            (const char *const[]){ "None", "LiveMigrate",
                                                                   "LiveMigrateIfPossible",
                                                                   "External", NULL } },
  [BV_POLICY_DEFAULT_INTERFACE_BINDING] = { "interface-binding", KIND_CHOICE, "bridge",
                                            (const char *const[]){ "bridge", "masquerade", NULL } },
  [BV_POLICY_DEFAULT_MACHINE_TYPE] = { "machine-type", KIND_WORD, "" },
  [BV_POLICY_DEFAULT_MAX_CPU_SOCKETS] = { "max-cpu-sockets", KIND_NUMBER, "0", NULL, 0, 4096 },
  [BV_POLICY_DEFAULT_MAX_GUEST] = { "max-guest", KIND_QUANTITY, "" },
  [BV_POLICY_DEFAULT_MAX_HOTPLUG_RATIO] = { "max-hotplug-ratio", KIND_NUMBER, "4", NULL, 1, 1024 },
  [BV_POLICY_DEFAULT_VM_ROLLOUT_STRATEGY] = { "vm-rollout-strategy", KIND_CHOICE, "LiveUpdate",
                                              (const char *const[]){ "LiveUpdate", "Stage",
                                                                     NULL } },
};

G_STATIC_ASSERT (G_N_ELEMENTS (defaults) == BV_POLICY_N_DEFAULTS);

/* The place of NAME in the table, or -1. */
int
bv_policy_default_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (defaults); i++)
    if (g_str_equal (defaults[i].name, name))
      return (int)i;
  return -1;
}

const char *
bv_policy_default_get_value (BvPolicyDefault self)
{
  return defaults[self].value;
}

static char *
check_choice (BvPolicyDefault self, const char *value)
{
  g_autofree char *list = NULL;

  if (g_strv_contains (defaults[self].choices, value))
    return NULL;
  list = g_strjoinv (", ", (char **)defaults[self].choices);
  return g_strdup_printf (_ ("“%s” is not one of %s"), value, list);
}

static gboolean
is_word (const char *value)
{
  while (g_ascii_isalnum (*value) || (*value != '\0' && strchr ("-_.", *value) != NULL))
    value++;
  return *value == '\0';
}

/* What is wrong with VALUE, or NULL. */
char *
bv_policy_default_check (BvPolicyDefault self, const char *value)
{
  BvQuantity quantity;
  g_autoptr (GError) error = NULL;

  switch (defaults[self].kind)
    {
    case KIND_CHOICE:
      return check_choice (self, value);
    case KIND_NUMBER:
      if (g_ascii_string_to_unsigned (value, 10, defaults[self].least, defaults[self].most, NULL,
                                      &error))
        return NULL;
      return g_strdup (error->message);
    case KIND_QUANTITY:
      if (value[0] == '\0' ||
          (bv_quantity_parse (value, &quantity) && bv_quantity_sign (&quantity) > 0))
        return NULL;
      return g_strdup_printf (_ ("“%s” is no quantity above 0"), value);
    case KIND_WORD:
      return is_word (value) ? NULL : g_strdup_printf (_ ("“%s” is no name"), value);
    default:
      return value[0] == '\0' ? g_strdup (_ ("it is empty")) : NULL;
    }
}
