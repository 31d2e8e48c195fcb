/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/bv-libvirt-caller.h"

G_BEGIN_DECLS

/* What of a guest outlives its VMIs until its VM goes: the variables of its EFI, and what its TPM
 * holds. It is kept by the uid of the VM, or of the VMI itself where it has none. All of these
 * block, but the first. */

/* Where the variables are. */
char *bv_kept_state_build_nvram_path (const char *state_directory, const char *uid);

/* libvirt keeps what the TPM of the domain with the UUID holds: that is written down before there
 * is anything. */
gboolean bv_kept_state_note_tpm (const char *state_directory, const char *uid,
                                 const char *domain_uuid, GError **error);

/* Removes all of it, where there is any. */
gboolean bv_kept_state_remove (const char *state_directory, const char *uid,
                               const BvLibvirtCaller *libvirt, GError **error);

/* The uids of those who have something: a set. */
GHashTable *bv_kept_state_list (const char *state_directory);

G_END_DECLS
