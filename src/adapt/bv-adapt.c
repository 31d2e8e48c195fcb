/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "adapt/bv-adapt.h"

#include "adapt/bv-adapt-rules.h"
#include "model/bv-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct
{
  const BvAdaptTarget *target;
  gboolean emulated;
  GPtrArray *changes; /* of char * */
  GError **error;
} Adaptation;

static gboolean
applies (const Adaptation *self, const BvAdaptRule *rule)
{
  if (rule->emulated && !self->emulated)
    return FALSE;
  if (rule->libvirt == 0 && rule->qemu == 0)
    return TRUE;
  return self->target->libvirt < rule->libvirt || self->target->qemu < rule->qemu;
}

static gboolean
matches (const BvAdaptRule *rule, BvXml *element)
{
  const char *value;

  if (rule->empty && !bv_xml_is_empty (element))
    return FALSE;
  if (rule->attribute == NULL)
    return TRUE;
  value = bv_xml_get (element, rule->attribute);
  return value != NULL && (rule->value == NULL || g_str_equal (value, rule->value));
}

static void
note (Adaptation *self, const BvAdaptRule *rule, const char *what)
{
  const char *separator = rule->attribute != NULL ? "/@" : "";
  const char *attribute = rule->attribute != NULL ? rule->attribute : "";

  g_ptr_array_add (self->changes, g_strdup_printf ("/domain/%s%s%s: %s: %s", rule->path, separator,
                                                   attribute, what, _ (rule->reason)));
}

static void
drop (const BvAdaptRule *rule, BvXml *element)
{
  if (rule->attribute != NULL)
    bv_xml_unset (element, rule->attribute);
  else
    bv_xml_remove (element);
}

static gboolean
apply (Adaptation *self, const BvAdaptRule *rule, BvXml *element)
{
  if (!matches (rule, element))
    return TRUE;
  switch (rule->action)
    {
    case BV_ADAPT_DROP:
      drop (rule, element);
      note (self, rule, _ ("left out"));
      return TRUE;
    case BV_ADAPT_REWRITE:
      if (rule->rewrite (element))
        note (self, rule, _ ("rewritten"));
      return TRUE;
    case BV_ADAPT_REFUSE:
      if (rule->rewrite != NULL && !rule->rewrite (element))
        return TRUE;
      break;
    }
  g_set_error (self->error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
               _ ("This host cannot run the domain: %s"), _ (rule->reason));
  return FALSE;
}

/* Visits each element that PATH leads to. */
static gboolean
visit (Adaptation *self, const BvAdaptRule *rule, BvXml *parent, const char *path)
{
  gsize length = strcspn (path, "/");
  BvXml *next;

  if (length == 0)
    return apply (self, rule, parent);
  for (BvXml *child = bv_xml_first (parent); child != NULL; child = next)
    {
      const char *name = bv_xml_get_name (child);

      next = bv_xml_next (child);
      if (strncmp (name, path, length) != 0 || name[length] != '\0')
        continue;
      if (!visit (self, rule, child, path + length + (path[length] == '/')))
        return FALSE;
    }
  return TRUE;
}

/**
 * bv_adapt_domain:
 * @domain: a domain as KubeVirt would make it
 * @target: what it is to be made fit for
 * @changes: (out) (transfer container) (element-type utf8): a line for each change: where, what,
 * why
 * @error: return location
 *
 * KubeVirt writes domains for libvirt 11 and later. This leaves out or rewrites what an older
 * libvirt or QEMU lacks and the guest can do without, and refuses what it cannot do without.
 *
 * Errors: [error@Barevirt.Error.NOT_SUPPORTED] with what the host lacks
 *
 * Returns: whether the domain is fit for the target
 *
 * Since: 1.0
 */
gboolean
bv_adapt_domain (GVirConfigDomain *domain, const BvAdaptTarget *target, GPtrArray **changes,
                 GError **error)
{
  BvXml *root = bv_xml_of (GVIR_CONFIG_OBJECT (domain));
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (g_free);
  Adaptation self = { target, g_strcmp0 (bv_xml_get (root, "type"), "kvm") != 0, list, error };

  for (guint i = 0; i < bv_n_adapt_rules; i++)
    if (applies (&self, &bv_adapt_rules[i]) &&
        !visit (&self, &bv_adapt_rules[i], root, bv_adapt_rules[i].path))
      return FALSE;
  if (changes != NULL)
    *changes = g_steal_pointer (&list);
  return TRUE;
}
