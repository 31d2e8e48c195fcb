/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-text-rules.h"

#include <string.h>

#define LONGEST_LABEL 63
#define LONGEST_SUBDOMAIN 253
#define LONGEST_PORT_NAME 15
#define LONGEST_MAC 20

gboolean
bv_text_is_given (const char *text)
{
  return text != NULL && text[0] != '\0';
}

/* Lower-case letters, digits and dashes, with no dash at either end. */
static gboolean
is_name_part (const char *text, gsize length)
{
  if (length == 0 || text[0] == '-' || text[length - 1] == '-')
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_islower (text[i]) && !g_ascii_isdigit (text[i]) && text[i] != '-')
      return FALSE;
  return TRUE;
}

/* As RFC 1123 has it: `web-1`. */
gboolean
bv_text_is_label (const char *text)
{
  gsize length = strlen (text);

  return length <= LONGEST_LABEL && is_name_part (text, length);
}

/* Labels with dots between them; only the whole is limited in length, as in Kubernetes. */
gboolean
bv_text_is_subdomain (const char *text)
{
  if (strlen (text) > LONGEST_SUBDOMAIN)
    return FALSE;
  for (;;)
    {
      gsize length = strcspn (text, ".");

      if (!is_name_part (text, length))
        return FALSE;
      if (text[length] == '\0')
        return TRUE;
      text += length + 1;
    }
}

/* As RFC 6335 has it, with at least one letter: `http-alt`. */
gboolean
bv_text_is_port_name (const char *text)
{
  gsize length = strlen (text);
  gboolean has_letter = FALSE;

  if (length > LONGEST_PORT_NAME || !is_name_part (text, length) || strstr (text, "--") != NULL)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    has_letter |= g_ascii_isalpha (text[i]);
  return has_letter;
}

/* Parts with single slashes between them, none of them `.` or `..`; one slash may end it. */
static gboolean
is_clean (const char *path)
{
  for (;;)
    {
      gsize length = strcspn (path, "/");

      if (length == 0 || (length == 1 && path[0] == '.') ||
          (length == 2 && path[0] == '.' && path[1] == '.'))
        return FALSE;
      if (path[length] == '\0' || path[length + 1] == '\0')
        return TRUE;
      path += length + 1;
    }
}

/* An absolute path below the root, which no file system could take for another one. */
gboolean
bv_text_is_clean_path (const char *path)
{
  return path[0] == '/' && is_clean (path + 1);
}

gboolean
bv_text_is_relative_path (const char *path)
{
  return path[0] != '/' && is_clean (path);
}

/* `0000:81:01.0`, within what a PCI bus has. */
gboolean
bv_text_is_pci_address (const char *text)
{
  static const char form[] = "xxxx:xx:xx.x";

  if (strlen (text) != strlen (form))
    return FALSE;
  for (gsize i = 0; form[i] != '\0'; i++)
    if (form[i] == 'x' ? !g_ascii_isxdigit (text[i]) : text[i] != form[i])
      return FALSE;
  return g_ascii_xdigit_value (text[8]) <= 1 && g_ascii_xdigit_value (text[11]) <= 7;
}

/* FALSE where TEXT is no base64; LENGTH is what it decodes to. Line ends do not count. */
gboolean
bv_text_measure_base64 (const char *text, gsize *length)
{
  gsize n = 0;
  gsize padding = 0;

  *length = 0;
  for (; *text != '\0'; text++)
    {
      if (*text == '\n' || *text == '\r')
        continue;
      if (!g_ascii_isalnum (*text) && strchr ("+/=", *text) == NULL)
        return FALSE;
      if (padding > 0 && *text != '=')
        return FALSE;
      padding += *text == '=';
      n++;
    }
  if (n % 4 != 0 || padding > 2)
    return FALSE;
  *length = n / 4 * 3 - padding;
  return TRUE;
}

/* The bytes of TEXT in groups of DIGITS, with SEPARATOR between them; 0 where it is no such text.
 */
static gsize
read_groups (const char *text, char separator, guint digits, guint8 *bytes)
{
  gsize n = 0;

  for (guint place = 0;; place++)
    {
      if (place > 0 && place % digits == 0)
        {
          if (*text == '\0')
            return n;
          if (*text++ != separator)
            return 0;
        }
      if (!g_ascii_isxdigit (text[0]) || n == LONGEST_MAC)
        return 0;
      if (place % 2 == 0)
        bytes[n] = g_ascii_xdigit_value (*text++) << 4;
      else
        bytes[n++] |= g_ascii_xdigit_value (*text++);
    }
}

/* As Go's net.ParseMAC: 02:00:00:5e:10:01, 02-00-00-5e-10-01 or 0200.005e.1001. */
BvMacAnswer
bv_text_parse_mac (const char *text, guint8 mac[BV_MAC_LENGTH])
{
  guint8 bytes[LONGEST_MAC];
  gsize length = read_groups (text, ':', 2, bytes);

  if (length == 0)
    length = read_groups (text, '-', 2, bytes);
  if (length == 0)
    length = read_groups (text, '.', 4, bytes);
  if (length == 8 || length == LONGEST_MAC)
    return BV_MAC_TOO_LONG;
  if (length != BV_MAC_LENGTH)
    return BV_MAC_MALFORMED;
  memcpy (mac, bytes, BV_MAC_LENGTH);
  return BV_MAC_OK;
}
