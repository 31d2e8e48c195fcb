/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

#include "daemon/bv-bus.h"

G_BEGIN_DECLS

/* A method call on the bus: its options are checked, its caller is authorized, and it is answered,
 * after the signals that belong to it. Nothing else answers a call. */
typedef struct _BvRequest BvRequest;

/* Must end in a bv_request_return*(), at once or later. */
typedef void (*BvRequestFunc) (BvRequest *request, gpointer user_data);

/* What a method is: its name, who may call it, and which options it knows, each as "name:type".
 * ACTION is NULL where everyone may. */
typedef struct
{
  const char *name;
  const char *action;
  const char *const *options;
  BvRequestFunc func;
} BvMethod;

void bv_request_begin (BvBus *bus, BvEntry *entry, GDBusMethodInvocation *invocation,
                       const BvMethod *method, gpointer object);

GVariant *bv_request_get_parameters (BvRequest *self);
GVariant *bv_request_get_options (BvRequest *self);
BvEntry *bv_request_get_entry (BvRequest *self);
BvBus *bv_request_get_bus (BvRequest *self);
gint64 bv_request_get_grace_period (BvRequest *self);

/* The file that is the first parameter; the caller owns it. -1 on error. */
int bv_request_take_fd (BvRequest *self, GError **error);

void bv_request_return (BvRequest *self, GVariant *result);
void bv_request_return_fd (BvRequest *self, int fd);
void bv_request_return_fds (BvRequest *self, GVariant *result, GUnixFDList *list);
void bv_request_return_events (BvRequest *self, const char *kind, const char *namespace,
                               const char *name);
void bv_request_return_error (BvRequest *self, const GError *error);
void bv_request_finish (BvRequest *self, gboolean success, const GError *error);

G_END_DECLS
