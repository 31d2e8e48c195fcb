/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-policy.h"

#include "admit/bv-feature-gates.h"
#include "admit/bv-policy-default.h"
#include "model/bv-error.h"

#include <glib/gi18n-lib.h>

/**
 * BvPolicy:
 *
 * What is decided for all VMs of a host, as a cluster's administrator decides it in the KubeVirt
 * object: feature gates and defaults. A new policy has KubeVirt's defaults.
 *
 * Since: 1.0
 */
struct _BvPolicy
{
  GObject parent_instance;

  guint64 gates; /* a bit for each row of bv_feature_gates */
  gboolean enforce_gates;
  char *architecture;
  char *defaults[BV_POLICY_N_DEFAULTS]; /* those that were set */
};

G_DEFINE_FINAL_TYPE (BvPolicy, bv_policy, G_TYPE_OBJECT)

static void
bv_policy_finalize (GObject *object)
{
  BvPolicy *self = BV_POLICY (object);

  g_clear_pointer (&self->architecture, g_free);
  for (guint i = 0; i < BV_POLICY_N_DEFAULTS; i++)
    g_clear_pointer (&self->defaults[i], g_free);
  G_OBJECT_CLASS (bv_policy_parent_class)->finalize (object);
}

static void
bv_policy_class_init (BvPolicyClass *class)
{
  G_OBJECT_CLASS (class)->finalize = bv_policy_finalize;
}

static void
bv_policy_init (BvPolicy *self)
{
  self->enforce_gates = TRUE;
  self->architecture = g_strdup ("amd64");
  for (guint i = 0; i < bv_n_feature_gates; i++)
    if (bv_feature_gates[i].on_by_default)
      self->gates |= G_GUINT64_CONSTANT (1) << i;
}

/**
 * bv_policy_new:
 *
 * Returns: (transfer full): a policy with KubeVirt's defaults
 *
 * Since: 1.0
 */
BvPolicy *
bv_policy_new (void)
{
  return g_object_new (BV_TYPE_POLICY, NULL);
}

/**
 * bv_policy_set_feature_gate:
 * @self: a policy
 * @gate: a feature gate's name, `HostDisk` for one
 * @enabled: whether it is to be on
 * @error: return location
 *
 * Errors: [error@Barevirt.Error.INVALID_ARGUMENT] where there is no such gate
 *
 * Returns: whether there is such a gate
 *
 * Since: 1.0
 */
gboolean
bv_policy_set_feature_gate (BvPolicy *self, const char *gate, gboolean enabled, GError **error)
{
  int index = bv_feature_gate_find (gate);
  guint64 bit;

  if (index < 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT, _ ("There is no feature gate “%s”."),
                   gate);
      return FALSE;
    }
  bit = G_GUINT64_CONSTANT (1) << index;
  self->gates = enabled ? self->gates | bit : self->gates & ~bit;
  return TRUE;
}

/**
 * bv_policy_has_feature_gate:
 * @self: a policy
 * @gate: a feature gate's name
 *
 * Returns: whether the gate is on
 *
 * Since: 1.0
 */
gboolean
bv_policy_has_feature_gate (BvPolicy *self, const char *gate)
{
  int index = bv_feature_gate_find (gate);

  return index >= 0 && (self->gates >> index & 1) != 0;
}

/**
 * bv_policy_set_enforce_gates:
 * @self: a policy
 * @enforce: whether the use of a feature whose gate is off is an error
 *
 * Without enforcement it is a warning: for a look at a manifest away from the host that will run
 * it.
 *
 * Since: 1.0
 */
void
bv_policy_set_enforce_gates (BvPolicy *self, gboolean enforce)
{
  self->enforce_gates = enforce;
}

/**
 * bv_policy_get_enforce_gates:
 * @self: a policy
 *
 * Returns: whether the use of a feature whose gate is off is an error
 *
 * Since: 1.0
 */
gboolean
bv_policy_get_enforce_gates (BvPolicy *self)
{
  return self->enforce_gates;
}

/**
 * bv_policy_set_architecture:
 * @self: a policy
 * @architecture: `amd64`, `arm64` or `s390x`
 *
 * Sets the architecture of guests that name none.
 *
 * Since: 1.0
 */
void
bv_policy_set_architecture (BvPolicy *self, const char *architecture)
{
  g_free (self->architecture);
  self->architecture = g_strdup (architecture);
}

/**
 * bv_policy_get_architecture:
 * @self: a policy
 *
 * Returns: the architecture of guests that name none
 *
 * Since: 1.0
 */
const char *
bv_policy_get_architecture (BvPolicy *self)
{
  return self->architecture;
}

/**
 * bv_policy_set_default:
 * @self: a policy
 * @name: `cpu-model`, `cpu-request`, `eviction-strategy`, `interface-binding`, `machine-type`,
 *   `max-cpu-sockets`, `max-guest`, `max-hotplug-ratio` or `vm-rollout-strategy`
 * @value: the value
 * @error: return location
 *
 * Sets what a VMI gets where its manifest does not say; barevirt.conf(5) tells what each means.
 *
 * Errors: [error@Barevirt.Error.INVALID_ARGUMENT] where there is no such default, or where it
 * cannot have this value
 *
 * Returns: whether the value was taken
 *
 * Since: 1.0
 */
gboolean
bv_policy_set_default (BvPolicy *self, const char *name, const char *value, GError **error)
{
  int index = bv_policy_default_find (name);
  g_autofree char *wrong = NULL;

  if (index < 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT, _ ("There is no default “%s”."),
                   name);
      return FALSE;
    }
  wrong = bv_policy_default_check (index, value);
  if (wrong != NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT, _ ("%s cannot be set: %s."), name,
                   wrong);
      return FALSE;
    }
  g_free (self->defaults[index]);
  self->defaults[index] = g_strdup (value);
  return TRUE;
}

/**
 * bv_policy_get_default:
 * @self: a policy
 * @name: the name of a default
 *
 * Returns: (nullable): its value, or %NULL where there is no such default
 *
 * Since: 1.0
 */
const char *
bv_policy_get_default (BvPolicy *self, const char *name)
{
  int index = bv_policy_default_find (name);

  return index < 0 ? NULL : bv_policy_peek_default (self, index);
}

gboolean
bv_policy_is_live_update (BvPolicy *self)
{
  return g_str_equal (bv_policy_peek_default (self, BV_POLICY_DEFAULT_VM_ROLLOUT_STRATEGY),
                      "LiveUpdate");
}

const char *
bv_policy_peek_default (BvPolicy *self, BvPolicyDefault which)
{
  return self->defaults[which] != NULL ? self->defaults[which]
                                       : bv_policy_default_get_value (which);
}

gint64
bv_policy_get_default_number (BvPolicy *self, BvPolicyDefault which)
{
  return g_ascii_strtoll (bv_policy_peek_default (self, which), NULL, 10);
}
