/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-yaml-scalar.h"

#include <string.h>

/* The types of plain scalars, as sigs.k8s.io/yaml (go-yaml v2, so YAML 1.1) resolves them. */

static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };
static const char *const booleans[] = {
  "y", "Y", "yes", "Yes", "YES", "true",  "True",  "TRUE",  "on",  "On",  "ON",
  "n", "N", "no",  "No",  "NO",  "false", "False", "FALSE", "off", "Off", "OFF",
};
static const char *const numbers[] = {
  ".nan",  ".NaN",  ".NAN",  ".inf",  ".Inf",  ".INF",
  "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF",
};

static gboolean
is_one_of (const char *text, gsize length, const char *const *words, gsize n_words)
{
  for (gsize i = 0; i < n_words; i++)
    if (strlen (words[i]) == length && memcmp (words[i], text, length) == 0)
      return TRUE;
  return FALSE;
}

static gsize
skip_digits (const char *text, gsize at, gsize length)
{
  while (at < length && (g_ascii_isdigit (text[at]) || text[at] == '_'))
    at++;
  return at;
}

static gboolean
is_based_integer (const char *text, gsize length)
{
  char base;

  if (length < 3 || text[0] != '0')
    return FALSE;
  base = text[1];
  if (base != 'x' && base != 'o' && base != 'b')
    return FALSE;
  for (gsize i = 2; i < length; i++)
    {
      gboolean fits = base == 'x'   ? g_ascii_isxdigit (text[i])
                      : base == 'o' ? text[i] >= '0' && text[i] <= '7'
                                    : text[i] == '0' || text[i] == '1';

      if (!fits && text[i] != '_')
        return FALSE;
    }
  return TRUE;
}

/* A leading 0 makes it octal; one with an 8 or 9 is no integer there, but a float. */
static gboolean
is_octal_or_decimal (const char *text, gsize length)
{
  if (length < 2 || text[0] != '0')
    return TRUE;
  return memchr (text, '8', length) == NULL && memchr (text, '9', length) == NULL;
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static gboolean
is_float (const char *text, gsize length)
{
  gsize whole = skip_digits (text, 0, length);
  gsize at = whole;

  if (at < length && text[at] == '.')
    {
      gsize fraction = skip_digits (text, at + 1, length);

      if (whole == 0 && fraction == at + 1)
        return FALSE;
      at = fraction;
    }
  else if (whole == 0)
    return FALSE;

  if (at < length && (text[at] == 'e' || text[at] == 'E'))
    {
      gsize exponent = at + 1;

      if (exponent < length && (text[exponent] == '-' || text[exponent] == '+'))
        exponent++;
      at = skip_digits (text, exponent, length);
      if (at == exponent)
        return FALSE;
    }
  return at == length;
}

BvNodeKind
bv_yaml_scalar_kind (const char *text, gsize length)
{
  char first = length == 0 ? '\0' : text[0];

  if (first == '\0' || strchr ("~nN", first) != NULL)
    if (is_one_of (text, length, nulls, G_N_ELEMENTS (nulls)))
      return BV_NODE_NULL;
  if (first != '\0' && strchr ("yYtToOnNfF", first) != NULL)
    return is_one_of (text, length, booleans, G_N_ELEMENTS (booleans)) ? BV_NODE_BOOLEAN
                                                                       : BV_NODE_STRING;
  if (!g_ascii_isdigit (first) && strchr ("+-.", first) == NULL)
    return BV_NODE_STRING;
  if (is_one_of (text, length, numbers, G_N_ELEMENTS (numbers)))
    return BV_NODE_NUMBER;

  if (first == '+' || first == '-')
    text++, length--;
  if (length == 0 || text[0] == '_')
    return BV_NODE_STRING;
  if (is_based_integer (text, length))
    return BV_NODE_INTEGER;
  if (skip_digits (text, 0, length) == length && is_octal_or_decimal (text, length))
    return BV_NODE_INTEGER;
  return is_float (text, length) ? BV_NODE_NUMBER : BV_NODE_STRING;
}
