/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/domain/bv-domain.h"

G_BEGIN_DECLS

/* What is to be done with a domain, and the calls that do it: each a BvCallFunc, whose data is the
 * request. */
typedef struct
{
  char *name;
  char *uuid; /* NULL: whichever domain has the name */
  char *xml;
  guint flags;
  BvDomainAction action;
} BvDomainRequest;

BvDomainRequest *bv_domain_request_new (const char *name, const char *xml, guint flags);
void bv_domain_request_set_uuid (BvDomainRequest *self, const char *uuid);
void bv_domain_request_free (gpointer request);

/* The domain that is meant; the caller's. */
virDomainPtr bv_domain_request_look_up (const BvDomainRequest *self, virConnectPtr handle,
                                        GError **error);

/* These return a pointer that is not NULL, and no memory. */
gpointer bv_domain_call_define (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                                GError **error);
gpointer bv_domain_call_create (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                                GError **error);
gpointer bv_domain_call_define_and_start (virConnectPtr handle, gpointer data,
                                          GCancellable *cancellable, GError **error);

/* These return text, a BvDomainInfo, an array of those. */
gpointer bv_domain_call_get_xml (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                                 GError **error);
gpointer bv_domain_call_get_state (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                                   GError **error);
gpointer bv_domain_call_get_info (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                                  GError **error);
gpointer bv_domain_call_list_all (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                                  GError **error);

G_END_DECLS
