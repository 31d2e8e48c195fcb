/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-libvirt-error.h"

#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>

typedef struct
{
  virErrorNumber libvirt;
  BvError code;
} ErrorRow;

static const ErrorRow error_table[] = {
  { VIR_ERR_NO_SUPPORT, BV_ERROR_NOT_SUPPORTED },
  { VIR_ERR_CALL_FAILED, BV_ERROR_NOT_SUPPORTED },
  { VIR_ERR_CONFIG_UNSUPPORTED, BV_ERROR_NOT_SUPPORTED },
  { VIR_ERR_ARGUMENT_UNSUPPORTED, BV_ERROR_NOT_SUPPORTED },
  { VIR_ERR_OPERATION_UNSUPPORTED, BV_ERROR_NOT_SUPPORTED },
  { VIR_ERR_CPU_INCOMPATIBLE, BV_ERROR_NOT_SUPPORTED },

  { VIR_ERR_UNKNOWN_HOST, BV_ERROR_HYPERVISOR_UNAVAILABLE },
  { VIR_ERR_NO_CONNECT, BV_ERROR_HYPERVISOR_UNAVAILABLE },
  { VIR_ERR_INVALID_CONN, BV_ERROR_HYPERVISOR_UNAVAILABLE },
  { VIR_ERR_RPC, BV_ERROR_HYPERVISOR_UNAVAILABLE },
  { VIR_ERR_GNUTLS_ERROR, BV_ERROR_HYPERVISOR_UNAVAILABLE },
  { VIR_ERR_SSH, BV_ERROR_HYPERVISOR_UNAVAILABLE },
  { VIR_ERR_LIBSSH, BV_ERROR_HYPERVISOR_UNAVAILABLE },
  { VIR_ERR_NO_SERVER, BV_ERROR_HYPERVISOR_UNAVAILABLE },

  { VIR_ERR_AUTH_FAILED, BV_ERROR_NOT_AUTHORIZED },
  { VIR_ERR_AUTH_CANCELLED, BV_ERROR_NOT_AUTHORIZED },
  { VIR_ERR_AUTH_UNAVAILABLE, BV_ERROR_NOT_AUTHORIZED },
  { VIR_ERR_ACCESS_DENIED, BV_ERROR_NOT_AUTHORIZED },
  { VIR_ERR_OPERATION_DENIED, BV_ERROR_NOT_AUTHORIZED },

  { VIR_ERR_INVALID_ARG, BV_ERROR_INVALID_ARGUMENT },
  { VIR_ERR_INVALID_MAC, BV_ERROR_INVALID_ARGUMENT },
  { VIR_ERR_OVERFLOW, BV_ERROR_INVALID_ARGUMENT },
  { VIR_ERR_OS_TYPE, BV_ERROR_INVALID_ARGUMENT },
  { VIR_ERR_PARSE_FAILED, BV_ERROR_INVALID_ARGUMENT },
  { VIR_ERR_XML_ERROR, BV_ERROR_INVALID_ARGUMENT },
  { VIR_ERR_XML_DETAIL, BV_ERROR_INVALID_ARGUMENT },
  { VIR_ERR_XML_INVALID_SCHEMA, BV_ERROR_INVALID_ARGUMENT },

  { VIR_ERR_NO_DOMAIN, BV_ERROR_NOT_FOUND },
  { VIR_ERR_INVALID_DOMAIN, BV_ERROR_NOT_FOUND },
  { VIR_ERR_NO_DOMAIN_METADATA, BV_ERROR_NOT_FOUND },
  { VIR_ERR_NO_DOMAIN_SNAPSHOT, BV_ERROR_NOT_FOUND },
  { VIR_ERR_NO_DOMAIN_CHECKPOINT, BV_ERROR_NOT_FOUND },
  { VIR_ERR_NO_DOMAIN_BACKUP, BV_ERROR_NOT_FOUND },
  { VIR_ERR_NO_NETWORK, BV_ERROR_NOT_FOUND },
  { VIR_ERR_NO_INTERFACE, BV_ERROR_NOT_FOUND },
  { VIR_ERR_NO_STORAGE_POOL, BV_ERROR_NOT_FOUND },
  { VIR_ERR_NO_STORAGE_VOL, BV_ERROR_NOT_FOUND },
  { VIR_ERR_NO_NODE_DEVICE, BV_ERROR_NOT_FOUND },
  { VIR_ERR_NO_SECRET, BV_ERROR_NOT_FOUND },
  { VIR_ERR_NO_HOSTNAME, BV_ERROR_NOT_FOUND },
  { VIR_ERR_DEVICE_MISSING, BV_ERROR_NOT_FOUND },

  { VIR_ERR_DOM_EXIST, BV_ERROR_ALREADY_EXISTS },
  { VIR_ERR_NETWORK_EXIST, BV_ERROR_ALREADY_EXISTS },
  { VIR_ERR_STORAGE_VOL_EXIST, BV_ERROR_ALREADY_EXISTS },

  { VIR_ERR_OPERATION_INVALID, BV_ERROR_CONFLICT },
  { VIR_ERR_MIGRATE_UNSAFE, BV_ERROR_CONFLICT },
  { VIR_ERR_CHECKPOINT_INCONSISTENT, BV_ERROR_CONFLICT },
  { VIR_ERR_MULTIPLE_DOMAINS, BV_ERROR_CONFLICT },

  { VIR_ERR_RESOURCE_BUSY, BV_ERROR_BUSY },
  { VIR_ERR_BLOCK_COPY_ACTIVE, BV_ERROR_BUSY },
  { VIR_ERR_OPERATION_TIMEOUT, BV_ERROR_TIMED_OUT },
  { VIR_ERR_OPERATION_ABORTED, BV_ERROR_CANCELLED },
  { VIR_ERR_AGENT_UNRESPONSIVE, BV_ERROR_AGENT_UNAVAILABLE },
  { VIR_ERR_AGENT_UNSYNCED, BV_ERROR_AGENT_UNAVAILABLE },
};

/* The closest to a virErrorNumber. */
static BvError
to_error_code (int code)
{
  for (gsize i = 0; i < G_N_ELEMENTS (error_table); i++)
    if ((int)error_table[i].libvirt == code)
      return error_table[i].code;
  return BV_ERROR_FAILED;
}

/**
 * bv_set_error_from_libvirt:
 * @error: (nullable): where to put the error
 * @format: a sentence that names the object and what was tried, without its full stop
 * @...: arguments of @format
 *
 * Sets @error from the last failure of libvirt in this thread. To be called straight after the call
 * that failed: libvirt keeps its last error per thread, and the next call clears it.
 *
 * Returns: always %FALSE
 */
gboolean
bv_set_error_from_libvirt (GError **error, const char *format, ...)
{
  const virError *last = virGetLastError ();
  const char *words =
      last != NULL && last->message != NULL ? last->message : _ ("libvirt gives no reason");
  int code = last != NULL ? last->code : VIR_ERR_OK;
  g_autofree char *sentence = NULL;
  va_list args;

  va_start (args, format);
  sentence = g_strdup_vprintf (format, args);
  va_end (args);

  g_set_error (error, BV_ERROR, to_error_code (code), "%s: %s", sentence, words);
  return FALSE;
}
