/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-remote-host.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "model/bv-error.h"

#define SSH "ssh://"

BvRemoteHost *
bv_remote_host_new (const char *name)
{
  BvRemoteHost *self = g_new0 (BvRemoteHost, 1);

  self->name = g_strdup (name);
  return self;
}

void
bv_remote_host_free (BvRemoteHost *self)
{
  g_free (self->name);
  g_free (self->address);
  g_free (self->libvirt_uri);
  g_free (self->migrate_uri);
  g_free (self->tls_name);
  g_free (self);
}

static gboolean
set_text (char **field, const char *value)
{
  g_free (*field);
  *field = g_strdup (value);
  return TRUE;
}

/* What begins with a hyphen would be an option of ssh's. */
static gboolean
set_address (BvRemoteHost *self, const char *value, GError **error)
{
  gboolean good = g_str_has_prefix (value, SSH)
                      ? value[strlen (SSH)] != '\0' && value[strlen (SSH)] != '-'
                      : g_dbus_is_supported_address (value, NULL);

  if (good)
    return set_text (&self->address, value);
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
               _ ("“%s” is no address; write ssh://USER@HOST, or a D-Bus address"), value);
  return FALSE;
}

static gboolean
set_libvirt_uri (BvRemoteHost *self, const char *value, GError **error)
{
  g_autofree char *scheme = g_uri_parse_scheme (value);

  if (scheme != NULL)
    return set_text (&self->libvirt_uri, value);
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
               _ ("“%s” is no libvirt URI; write it as “qemu+tls://HOST/system”"), value);
  return FALSE;
}

static gboolean
set_migrate_uri (BvRemoteHost *self, const char *value, GError **error)
{
  if (g_str_has_prefix (value, "tcp://") && value[strlen ("tcp://")] != '\0')
    return set_text (&self->migrate_uri, value);
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
               _ ("“%s” is nothing to migrate to; write it as “tcp://HOST”"), value);
  return FALSE;
}

static gboolean
set_tls_name (BvRemoteHost *self, const char *value, GError **error)
{
  if (value[0] != '\0')
    return set_text (&self->tls_name, value);
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT, _ ("tls-name is empty"));
  return FALSE;
}

static gboolean
set_insecure (BvRemoteHost *self, const char *value, GError **error)
{
  self->insecure = g_str_equal (value, "yes") || g_str_equal (value, "true");
  if (self->insecure || g_str_equal (value, "no") || g_str_equal (value, "false"))
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT, _ ("insecure is yes or no"));
  return FALSE;
}

/* libvirt does not tell QEMU whose certificate it expects where QEMU connects by itself. */
char *
bv_remote_host_get_tls_name (const BvRemoteHost *self)
{
  const char *uri = self->migrate_uri != NULL ? self->migrate_uri : self->libvirt_uri;
  g_autoptr (GUri) parsed = NULL;

  if (self->tls_name != NULL)
    return g_strdup (self->tls_name);
  parsed = g_uri_parse (uri, G_URI_FLAGS_NON_DNS, NULL);
  return parsed != NULL ? g_strdup (g_uri_get_host (parsed)) : NULL;
}

const char *
bv_remote_host_find_clear_text (const BvRemoteHost *self)
{
  g_autofree char *scheme = g_uri_parse_scheme (self->libvirt_uri);

  if (scheme != NULL && g_str_has_suffix (scheme, "+tcp"))
    return "libvirt-uri";
  if (g_str_has_prefix (self->address, "tcp:") || g_str_has_prefix (self->address, "nonce-tcp:"))
    return "address";
  return NULL;
}

static const struct
{
  const char *key;
  gboolean (*set) (BvRemoteHost *self, const char *value, GError **error);
} settings[] = {
  { "address", set_address },         { "libvirt-uri", set_libvirt_uri },
  { "migrate-uri", set_migrate_uri }, { "tls-name", set_tls_name },
  { "insecure", set_insecure },
};

gboolean
bv_remote_host_set (BvRemoteHost *self, const char *key, const char *value, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    if (g_str_equal (settings[i].key, key))
      return settings[i].set (self, value, error);
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
               _ ("there is no setting %s; see barevirt.conf(5)"), key);
  return FALSE;
}
