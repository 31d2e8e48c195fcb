/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cli/bv-cli-table.h"

#define GAP 3

struct _BvCliTable
{
  GPtrArray *rows; /* of char ** */
  guint n_columns;
};

BvCliTable *
bv_cli_table_new (const char *const *titles)
{
  BvCliTable *self = g_new0 (BvCliTable, 1);

  self->rows = g_ptr_array_new_with_free_func ((GDestroyNotify)g_strfreev);
  self->n_columns = g_strv_length ((char **)titles);
  g_ptr_array_add (self->rows, g_strdupv ((char **)titles));
  return self;
}

void
bv_cli_table_free (BvCliTable *self)
{
  g_ptr_array_unref (self->rows);
  g_free (self);
}

/* A text for each column; one that is empty or NULL becomes a dash. */
void
bv_cli_table_add_row (BvCliTable *self, const char *const *texts)
{
  char **row = g_new0 (char *, self->n_columns + 1);

  for (guint i = 0; i < self->n_columns; i++)
    row[i] = g_strdup (texts[i] == NULL || texts[i][0] == '\0' ? "-" : texts[i]);
  g_ptr_array_add (self->rows, row);
}

void
bv_cli_table_add (BvCliTable *self, ...)
{
  g_autofree const char **row = g_new0 (const char *, self->n_columns);
  va_list texts;

  va_start (texts, self);
  for (guint i = 0; i < self->n_columns; i++)
    row[i] = va_arg (texts, const char *);
  va_end (texts);
  bv_cli_table_add_row (self, row);
}

void
bv_cli_table_print (BvCliTable *self)
{
  g_autofree glong *widths = g_new0 (glong, self->n_columns);

  for (guint i = 0; i < self->rows->len; i++)
    for (guint j = 0; j < self->n_columns; j++)
      widths[j] = MAX (widths[j], g_utf8_strlen (((char **)self->rows->pdata[i])[j], -1));
  for (guint i = 0; i < self->rows->len; i++)
    {
      char **row = self->rows->pdata[i];

      for (guint j = 0; j + 1 < self->n_columns; j++)
        g_print ("%s%*s", row[j], (int)(widths[j] - g_utf8_strlen (row[j], -1) + GAP), "");
      g_print ("%s\n", row[self->n_columns - 1]);
    }
}
