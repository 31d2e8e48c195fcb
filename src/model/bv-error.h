/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "bv-version-macros.h"

G_BEGIN_DECLS

/**
 * BV_ERROR:
 *
 * Error domain of Barevirt. On D-Bus each code is `org.barevirt1.Error.` and its name in camel
 * case.
 */
#define BV_ERROR (bv_error_quark ())

/**
 * BvError:
 * @BV_ERROR_FAILED: Something failed for which there is no closer code.
 * @BV_ERROR_INVALID_MANIFEST: A manifest cannot be read, or admission refuses it.
 * @BV_ERROR_INVALID_ARGUMENT: An argument or option is not what the call takes.
 * @BV_ERROR_NOT_FOUND: There is no such object.
 * @BV_ERROR_ALREADY_EXISTS: There is such an object already.
 * @BV_ERROR_CONFLICT: The object's state does not allow this now.
 * @BV_ERROR_NOT_RUNNING: The guest does not run.
 * @BV_ERROR_NOT_SUPPORTED: This host, libvirt or QEMU cannot do that.
 * @BV_ERROR_NOT_AUTHORIZED: The caller may not do that.
 * @BV_ERROR_HYPERVISOR_UNAVAILABLE: There is no connection to libvirt at the moment.
 * @BV_ERROR_AGENT_UNAVAILABLE: The guest agent does not answer.
 * @BV_ERROR_TIMED_OUT: It took longer than it may.
 * @BV_ERROR_CANCELLED: It was cancelled.
 * @BV_ERROR_UNSCHEDULABLE: This host lacks what the manifest asks for.
 * @BV_ERROR_LIMIT_EXCEEDED: Input or work is over a limit.
 * @BV_ERROR_BUSY: Another operation on the object is under way.
 * @BV_ERROR_IMAGE_UNAVAILABLE: A container image cannot be had, or is not what it should be.
 * @BV_ERROR_INTERNAL: A fault of Barevirt itself.
 *
 * Since: 1.0
 */
typedef enum
{
  BV_ERROR_FAILED,
  BV_ERROR_INVALID_MANIFEST,
  BV_ERROR_INVALID_ARGUMENT,
  BV_ERROR_NOT_FOUND,
  BV_ERROR_ALREADY_EXISTS,
  BV_ERROR_CONFLICT,
  BV_ERROR_NOT_RUNNING,
  BV_ERROR_NOT_SUPPORTED,
  BV_ERROR_NOT_AUTHORIZED,
  BV_ERROR_HYPERVISOR_UNAVAILABLE,
  BV_ERROR_AGENT_UNAVAILABLE,
  BV_ERROR_TIMED_OUT,
  BV_ERROR_CANCELLED,
  BV_ERROR_UNSCHEDULABLE,
  BV_ERROR_LIMIT_EXCEEDED,
  BV_ERROR_BUSY,
  BV_ERROR_IMAGE_UNAVAILABLE,
  BV_ERROR_INTERNAL,
} BvError;

#define BV_N_ERRORS (BV_ERROR_INTERNAL + 1)

BV_AVAILABLE_IN_1_0
GQuark bv_error_quark (void);

G_END_DECLS
