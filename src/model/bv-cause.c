/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-cause-private.h"

/**
 * BvCause:
 *
 * One thing that is wrong with a manifest, or worth knowing about it: where it stands, why, and
 * what to do.
 *
 * Since: 1.0
 */
G_DEFINE_BOXED_TYPE (BvCause, bv_cause, bv_cause_ref, bv_cause_unref)

BvCause *
bv_cause_new (const char *reason, const char *field, const char *message)
{
  BvCause *self = g_new0 (BvCause, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->reason = reason;
  self->field = g_strdup (field);
  self->message = g_strdup (message);
  return self;
}

/**
 * bv_cause_ref:
 * @self: a cause
 *
 * Returns: (transfer full): @self with one more reference
 *
 * Since: 1.0
 */
BvCause *
bv_cause_ref (BvCause *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * bv_cause_unref:
 * @self: (transfer full): a cause
 *
 * Gives a reference back.
 *
 * Since: 1.0
 */
void
bv_cause_unref (BvCause *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_free (self->field);
  g_free (self->message);
  g_free (self->file);
  g_free (self);
}

/**
 * bv_cause_get_reason:
 * @self: a cause
 *
 * Returns: the reason as Kubernetes names it, `FieldValueInvalid` for one
 *
 * Since: 1.0
 */
const char *
bv_cause_get_reason (BvCause *self)
{
  return self->reason;
}

/**
 * bv_cause_get_field:
 * @self: a cause
 *
 * Returns: the path of the field, `spec.domain.devices.disks[0].name` for one
 *
 * Since: 1.0
 */
const char *
bv_cause_get_field (BvCause *self)
{
  return self->field;
}

/**
 * bv_cause_get_message:
 * @self: a cause
 *
 * Returns: a sentence that says what is wrong and what to do
 *
 * Since: 1.0
 */
const char *
bv_cause_get_message (BvCause *self)
{
  return self->message;
}

/**
 * bv_cause_get_severity:
 * @self: a cause
 *
 * Returns: whether the manifest is refused for it
 *
 * Since: 1.0
 */
BvSeverity
bv_cause_get_severity (BvCause *self)
{
  return self->severity;
}

/**
 * bv_cause_get_file:
 * @self: a cause
 *
 * Returns: (nullable): the name of the file, where the manifest came from one
 *
 * Since: 1.0
 */
const char *
bv_cause_get_file (BvCause *self)
{
  return self->file;
}

/**
 * bv_cause_get_document:
 * @self: a cause
 *
 * Returns: which document of the text it is in; the first is 0
 *
 * Since: 1.0
 */
guint
bv_cause_get_document (BvCause *self)
{
  return self->document;
}

/**
 * bv_cause_get_line:
 * @self: a cause
 *
 * Returns: the line, counted from 1; 0 for an object that was not read from a text
 *
 * Since: 1.0
 */
guint
bv_cause_get_line (BvCause *self)
{
  return self->mark.line;
}

/**
 * bv_cause_get_column:
 * @self: a cause
 *
 * Returns: the column in characters, counted from 1; 0 for an object that was not read from a text
 *
 * Since: 1.0
 */
guint
bv_cause_get_column (BvCause *self)
{
  return self->mark.column;
}

/**
 * bv_severity_to_string:
 * @severity: a severity
 *
 * Returns: `error` or `warning`
 *
 * Since: 1.0
 */
const char *
bv_severity_to_string (BvSeverity severity)
{
  return severity == BV_SEVERITY_ERROR ? "error" : "warning";
}

/**
 * bv_cause_to_string:
 * @self: a cause
 *
 * The cause as a compiler would print it: `FILE:LINE:COLUMN: error: FIELD: MESSAGE`.
 *
 * Returns: (transfer full): the line
 *
 * Since: 1.0
 */
char *
bv_cause_to_string (BvCause *self)
{
  GString *text = g_string_new (self->file != NULL ? self->file : "manifest");

  if (self->mark.line > 0)
    g_string_append_printf (text, ":%u:%u", self->mark.line, self->mark.column);
  g_string_append_printf (text, ": %s: ", bv_severity_to_string (self->severity));
  if (self->field[0] != '\0')
    g_string_append_printf (text, "%s: ", self->field);
  g_string_append (text, self->message);
  return g_string_free (text, FALSE);
}

/* As a{sv}, for programs that read it; floating. */
GVariant *
bv_cause_to_variant (BvCause *self)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "reason", g_variant_new_string (self->reason));
  g_variant_builder_add (&builder, "{sv}", "field", g_variant_new_string (self->field));
  g_variant_builder_add (&builder, "{sv}", "message", g_variant_new_string (self->message));
  g_variant_builder_add (&builder, "{sv}", "severity",
                         g_variant_new_string (bv_severity_to_string (self->severity)));
  if (self->file != NULL)
    g_variant_builder_add (&builder, "{sv}", "file", g_variant_new_string (self->file));
  g_variant_builder_add (&builder, "{sv}", "document", g_variant_new_uint32 (self->document));
  g_variant_builder_add (&builder, "{sv}", "line", g_variant_new_uint32 (self->mark.line));
  g_variant_builder_add (&builder, "{sv}", "column", g_variant_new_uint32 (self->mark.column));
  return g_variant_builder_end (&builder);
}

gboolean
bv_causes_have_error (GPtrArray *causes)
{
  for (guint i = 0; i < causes->len; i++)
    if (((BvCause *)causes->pdata[i])->severity == BV_SEVERITY_ERROR)
      return TRUE;
  return FALSE;
}

static int
compare_places (gconstpointer a, gconstpointer b)
{
  const BvCause *x = *(BvCause *const *)a;
  const BvCause *y = *(BvCause *const *)b;

  if (x->document != y->document)
    return x->document < y->document ? -1 : 1;
  if (x->mark.line != y->mark.line)
    return x->mark.line < y->mark.line ? -1 : 1;
  return x->mark.column < y->mark.column ? -1 : x->mark.column > y->mark.column;
}

/* In the order of the text; GLib's sort of pointer arrays is stable. */
void
bv_causes_sort (GPtrArray *causes)
{
  g_ptr_array_sort (causes, compare_places);
}
