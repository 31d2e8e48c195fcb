/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-quantity.h"

#include <string.h>

/* As Kubernetes' resource.Quantity: any precision is read, kept is a whole number of nano units
 * (rounded up, away from zero), at most 2^63 - 1 units. */

#define NANOS_PER_UNIT G_GINT64_CONSTANT (1000000000)
#define MAX_DIGITS 38 /* 10^38 still fits into 128 bits, and is 10^10 times the largest amount */
#define CAP ((Wide)G_MAXINT64 * NANOS_PER_UNIT)
#define MAX_EXPONENT 1000

typedef unsigned __int128 Wide;

static const struct
{
  const char *text;
  gint8 decimal;
  gint8 binary;
} suffixes[] = {
  { "", 0, 0 },    { "n", -9, 0 },  { "u", -6, 0 },  { "m", -3, 0 },
  { "k", 3, 0 },   { "M", 6, 0 },   { "G", 9, 0 },   { "T", 12, 0 },
  { "P", 15, 0 },  { "E", 18, 0 },  { "Ki", 0, 10 }, { "Mi", 0, 20 },
  { "Gi", 0, 30 }, { "Ti", 0, 40 }, { "Pi", 0, 50 }, { "Ei", 0, 60 },
};

typedef struct
{
  Wide mantissa;
  int exponent; /* of ten */
  guint digits;
  gboolean inexact; /* digits beyond those kept were not all zero */
} Decimal;

static const char *
read_digits (const char *at, Decimal *decimal, gboolean fraction)
{
  for (; g_ascii_isdigit (*at); at++)
    {
      if (decimal->digits < MAX_DIGITS)
        {
          decimal->mantissa = decimal->mantissa * 10 + (Wide)(*at - '0');
          decimal->digits += decimal->mantissa != 0;
          decimal->exponent -= fraction;
          continue;
        }
      decimal->inexact |= *at != '0';
      decimal->exponent += !fraction;
    }
  return at;
}

/* `e5`, `E-3`: a decimal exponent. A lone `E` is the suffix. */
static gboolean
read_exponent (const char *at, int *exponent)
{
  gboolean negative;
  int value = 0;

  if (*at != 'e' && *at != 'E')
    return FALSE;
  at++;
  negative = *at == '-';
  at += *at == '-' || *at == '+';
  if (*at == '\0')
    return FALSE;
  for (; g_ascii_isdigit (*at); at++)
    value = MIN (value * 10 + (*at - '0'), MAX_EXPONENT);
  *exponent = negative ? -value : value;
  return *at == '\0';
}

static gboolean
read_suffix (const char *at, int *decimal, int *binary)
{
  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (g_str_equal (at, suffixes[i].text))
      {
        *decimal = suffixes[i].decimal;
        *binary = suffixes[i].binary;
        return TRUE;
      }
  *binary = 0;
  return read_exponent (at, decimal);
}

/* mantissa * 10^exponent, rounded up and capped. */
static Wide
scale (Wide value, int exponent, gboolean inexact)
{
  for (; exponent > 0 && value != 0 && value <= CAP; exponent--)
    value *= 10;
  for (; exponent < 0 && value != 0; exponent++)
    {
      inexact |= value % 10 != 0;
      value /= 10;
    }
  value += inexact;
  return MIN (value, CAP);
}

/* A number times 2^SHIFT, in nanos, rounded up and capped; the fraction from its last digit on, so
 * that nothing is lost however long it is. */
static Wide
scale_binary (const char *whole, gsize n_whole, const char *fraction, gsize n_fraction, int shift)
{
  const Wide unit = (Wide)NANOS_PER_UNIT << shift;
  Wide units = 0;
  Wide nanos = 0;
  gboolean inexact = FALSE;

  for (gsize i = n_fraction; i-- > 0;)
    {
      nanos += (Wide)(fraction[i] - '0') * unit;
      inexact |= nanos % 10 != 0;
      nanos /= 10;
    }
  for (gsize i = 0; i < n_whole && units <= CAP; i++)
    units = units * 10 + (Wide)(whole[i] - '0');
  if (units > CAP / unit)
    return CAP;
  return MIN (units * unit + nanos + inexact, CAP);
}

/* FALSE where TEXT is no quantity. The text itself is not copied. */
gboolean
bv_quantity_parse (const char *text, BvQuantity *quantity)
{
  Decimal decimal = { 0 };
  gboolean negative = text[0] == '-';
  const char *start = text + (text[0] == '-' || text[0] == '+');
  const char *at = read_digits (start, &decimal, FALSE);
  gsize n_whole = at - start;
  const char *fraction = at + (*at == '.');
  gsize n_fraction = 0;
  int suffix_decimal = 0;
  int suffix_binary = 0;
  Wide nanos;

  if (*at == '.')
    {
      at = read_digits (fraction, &decimal, TRUE);
      n_fraction = at - fraction;
    }
  if (n_whole + n_fraction == 0 || !read_suffix (at, &suffix_decimal, &suffix_binary))
    return FALSE;

  if (suffix_binary > 0)
    nanos = scale_binary (start, n_whole, fraction, n_fraction, suffix_binary);
  else
    nanos = scale (decimal.mantissa, decimal.exponent + suffix_decimal + 9, decimal.inexact);
  quantity->text = text;
  quantity->units = (gint64)(nanos / NANOS_PER_UNIT);
  quantity->nanos = (gint32)(nanos % NANOS_PER_UNIT);
  if (negative)
    {
      quantity->units = -quantity->units - (quantity->nanos > 0);
      quantity->nanos = quantity->nanos > 0 ? NANOS_PER_UNIT - quantity->nanos : 0;
    }
  return TRUE;
}

gboolean
bv_quantity_is_given (const BvQuantity *self)
{
  return self->text != NULL;
}

gboolean
bv_quantity_is_zero (const BvQuantity *self)
{
  return self->units == 0 && self->nanos == 0;
}

int
bv_quantity_sign (const BvQuantity *self)
{
  if (self->units < 0)
    return -1;
  return !bv_quantity_is_zero (self);
}

int
bv_quantity_compare (const BvQuantity *a, const BvQuantity *b)
{
  if (a->units != b->units)
    return a->units < b->units ? -1 : 1;
  return a->nanos < b->nanos ? -1 : a->nanos > b->nanos;
}

/* Whole units, rounded away from zero. */
gint64
bv_quantity_value (const BvQuantity *self)
{
  return self->units + (self->units >= 0 && self->nanos > 0);
}

/* Thousandths, rounded away from zero and capped. */
gint64
bv_quantity_milli_value (const BvQuantity *self)
{
  const __int128 nanos_per_milli = NANOS_PER_UNIT / 1000;
  __int128 nanos = (__int128)self->units * NANOS_PER_UNIT + self->nanos;
  __int128 millis = nanos / nanos_per_milli;

  if (nanos % nanos_per_milli != 0)
    millis += nanos > 0 ? 1 : -1;
  if (millis > G_MAXINT64)
    return G_MAXINT64;
  return millis < G_MININT64 ? G_MININT64 : (gint64)millis;
}
