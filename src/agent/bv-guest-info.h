/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * BvGuestParts:
 *
 * What an agent is asked for at a time.
 */
typedef enum
{
  BV_GUEST_OS = 1 << 0,
  BV_GUEST_HOSTNAME = 1 << 1,
  BV_GUEST_TIMEZONE = 1 << 2,
  BV_GUEST_INTERFACES = 1 << 3,
  BV_GUEST_USERS = 1 << 4,
  BV_GUEST_FILESYSTEMS = 1 << 5,
  BV_GUEST_VERSION = 1 << 6,
  BV_GUEST_FREEZE = 1 << 7,
  BV_GUEST_LOAD = 1 << 8,
} BvGuestParts;

#define BV_GUEST_N_LOADS 3

typedef struct
{
  char *id;
  char *name;
  char *pretty_name;
  char *version;
  char *version_id;
  char *kernel_release;
  char *kernel_version;
  char *machine;
} BvGuestOs;

typedef struct
{
  char *type; /* ipv4, ipv6 */
  char *address;
  guint prefix;
} BvGuestAddress;

typedef struct
{
  char *name;
  char *mac;            /* NULL if it has none */
  GPtrArray *addresses; /* of BvGuestAddress */
} BvGuestInterface;

typedef struct
{
  char *name;
  char *domain;      /* NULL but on Windows */
  gint64 login_time; /* seconds since 1970 */
} BvGuestUser;

typedef struct
{
  char *target; /* libvirt's name for it, such as vda; NULL where it does not know the disk */
  char *serial; /* or NULL */
} BvGuestDisk;

typedef struct
{
  char *name;
  char *mount_point;
  char *type;
  guint64 used_bytes;
  guint64 total_bytes;
  GPtrArray *disks; /* of BvGuestDisk */
} BvGuestFilesystem;

/**
 * BvGuestInfo:
 * @parts: which of the following were told; the others are empty
 * @os: the operating system
 * @hostname: (nullable): the host name
 * @timezone: (nullable): the time zone's name
 * @timezone_offset: seconds to the east of UTC
 * @interfaces: (element-type BvGuestInterface): all interfaces, the loopback too
 * @users: (element-type BvGuestUser): who is logged in
 * @filesystems: (element-type BvGuestFilesystem): what is mounted
 * @agent_version: (nullable): the agent's version
 * @commands: (array zero-terminated=1) (nullable): the commands that the agent answers to
 * @is_frozen: whether its file systems are frozen
 * @load: the averages of its load over 1, 5 and 15 minutes
 *
 * What a guest's agent tells. It comes from the guest: texts are cut short and made printable,
 * lists are limited, and none of it is to be trusted. Read only.
 */
typedef struct
{
  BvGuestParts parts;
  BvGuestOs os;
  char *hostname;
  char *timezone;
  int timezone_offset;
  GPtrArray *interfaces;
  GPtrArray *users;
  GPtrArray *filesystems;
  char *agent_version;
  char **commands;
  gboolean is_frozen;
  double load[BV_GUEST_N_LOADS];
} BvGuestInfo;

#define BV_TYPE_GUEST_INFO (bv_guest_info_get_type ())
GType bv_guest_info_get_type (void);

BvGuestInfo *bv_guest_info_new (void);
BvGuestInfo *bv_guest_info_new_from_facts (GVariant *facts, BvGuestParts parts);
BvGuestInfo *bv_guest_info_merge (const BvGuestInfo *older, const BvGuestInfo *newer);
BvGuestInfo *bv_guest_info_ref (BvGuestInfo *self);
gboolean bv_guest_info_has_command (const BvGuestInfo *self, const char *name);
void bv_guest_info_unref (BvGuestInfo *self);
gboolean bv_guest_info_equal (const BvGuestInfo *a, const BvGuestInfo *b);
char *bv_guest_text (const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BvGuestInfo, bv_guest_info_unref)

G_END_DECLS
