/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-quantity.h"

#include <string.h>

/* The one text that Kubernetes has for an amount: the greatest suffix that leaves a whole number,
 * in the family (1024, 1000, exponents) that the amount was written in. */

#define NANOS_PER_UNIT G_GINT64_CONSTANT (1000000000)

typedef enum
{
  FAMILY_DECIMAL,
  FAMILY_BINARY,
  FAMILY_EXPONENT,
} Family;

static const char *const binary_suffixes[] = { "", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei" };
static const char *const decimal_suffixes[] = { "n", "u", "m", "", "k", "M", "G", "T", "P", "E" };

static Family
family_of (const char *text)
{
  gsize length = strlen (text);

  if (length > 0 && text[length - 1] == 'i')
    return FAMILY_BINARY;
  for (gsize i = 0; i + 1 < length; i++)
    if (text[i] == 'e' || text[i] == 'E')
      return FAMILY_EXPONENT;
  return FAMILY_DECIMAL;
}

static char *
format_binary (gint64 value)
{
  gsize suffix = 0;

  for (; value % 1024 == 0 && suffix + 1 < G_N_ELEMENTS (binary_suffixes); suffix++)
    value /= 1024;
  return g_strdup_printf ("%" G_GINT64_FORMAT "%s", value, binary_suffixes[suffix]);
}

static char *
print_wide (__int128 value)
{
  char digits[48];
  char *at = digits + sizeof digits - 1;
  gboolean negative = value < 0;

  *at = '\0';
  for (; value != 0; value /= 10)
    *--at = '0' + (char)(negative ? -(value % 10) : value % 10);
  if (negative)
    *--at = '-';
  return g_strdup (at);
}

static char *
format_decimal (const BvQuantity *self, Family family)
{
  __int128 value = (__int128)self->units * NANOS_PER_UNIT + self->nanos;
  g_autofree char *number = NULL;
  gsize suffix = 0;

  for (; value % 1000 == 0 && suffix + 1 < G_N_ELEMENTS (decimal_suffixes); suffix++)
    value /= 1000;
  number = print_wide (value);
  if (family == FAMILY_EXPONENT && suffix != 3)
    return g_strdup_printf ("%se%d", number, (int)suffix * 3 - 9);
  return g_strconcat (number, family == FAMILY_EXPONENT ? "" : decimal_suffixes[suffix], NULL);
}

static char *
format (const BvQuantity *self, Family family)
{
  if (bv_quantity_is_zero (self))
    return g_strdup ("0");
  /* Small and broken amounts would lose by powers of 1024. */
  if (family == FAMILY_BINARY && self->nanos == 0 && (self->units <= -1024 || self->units >= 1024))
    return format_binary (self->units);
  return format_decimal (self, family == FAMILY_EXPONENT ? family : FAMILY_DECIMAL);
}

/* The amount in Kubernetes' canonical form: `1024Mi` is `1Gi`, `0.5` is `500m`. */
char *
bv_quantity_to_string (const BvQuantity *self)
{
  return format (self, family_of (self->text));
}

/* The canonical form of a whole number in powers of 1024: `2Gi`. */
char *
bv_quantity_format_binary (gint64 value)
{
  const BvQuantity quantity = { .units = value };

  return format (&quantity, FAMILY_BINARY);
}
