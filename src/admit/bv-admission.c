/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-admission.h"

#include <glib/gi18n-lib.h>

/* The full path of a field of the spec: `domain.cpu.cores` below this object's prefix. The arena
 * owns it. */
const char *
bv_admission_path (BvAdmission *self, const char *format, ...)
{
  g_autofree char *below = NULL;
  va_list arguments;

  va_start (arguments, format);
  below = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return bv_arena_printf (self->arena, "%s%s%s", self->prefix, below[0] == '\0' ? "" : ".", below);
}

/* Whether the text has a value at PATH, or it was filled in; TRUE for objects without a text. */
gboolean
bv_admission_is_written (BvAdmission *self, const char *path)
{
  return self->causes->root == NULL || bv_node_find (self->causes->root, path) != NULL;
}

static void
add (BvAdmission *self, BvSeverity severity, const char *reason, const char *path,
     const char *format, va_list arguments)
{
  g_autofree char *message = g_strdup_vprintf (format, arguments);

  bv_cause_list_add (self->causes, severity, reason, path, message);
}

void
bv_admission_refuse (BvAdmission *self, const char *reason, const char *path, const char *format,
                     ...)
{
  va_list arguments;

  va_start (arguments, format);
  add (self, BV_SEVERITY_ERROR, reason, path, format, arguments);
  va_end (arguments);
}

void
bv_admission_warn (BvAdmission *self, const char *path, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  add (self, BV_SEVERITY_WARNING, BV_REASON_NOT_SUPPORTED, path, format, arguments);
  va_end (arguments);
}

/* Refuses the use of a feature whose gate is off; the format and what follows say what is used. */
void
bv_admission_require_gate (BvAdmission *self, const char *gate, const char *path,
                           const char *format, ...)
{
  g_autofree char *what = NULL;
  g_autofree char *message = NULL;
  va_list arguments;

  if (bv_policy_has_feature_gate (self->policy, gate))
    return;
  va_start (arguments, format);
  what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  message = g_strdup_printf (
      _ ("%s needs the feature gate %s, which is off; switch it on in barevirt.conf."), what, gate);
  bv_cause_list_add (self->causes,
                     bv_policy_get_enforce_gates (self->policy) ? BV_SEVERITY_ERROR
                                                                : BV_SEVERITY_WARNING,
                     BV_REASON_INVALID, path, message);
}

/* Refuses a VALUE that is none of ALLOWED; one that is not given passes. */
gboolean
bv_admission_one_of (BvAdmission *self, const char *reason, const char *path, const char *value,
                     const char *const *allowed)
{
  g_autofree char *list = NULL;
  const char *meant;

  if (value == NULL || value[0] == '\0' || g_strv_contains (allowed, value))
    return TRUE;
  list = g_strjoinv (", ", (char **)allowed);
  meant = bv_suggest (value, allowed);
  if (meant != NULL)
    bv_admission_refuse (self, reason, path, _ ("“%s” is not one of %s; did you mean “%s”?"), value,
                         list, meant);
  else
    bv_admission_refuse (self, reason, path, _ ("“%s” is not one of %s."), value, list);
  return FALSE;
}
