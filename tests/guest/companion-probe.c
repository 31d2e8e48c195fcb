/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * companion-probe start FOLDER NAME READ_ONLY_FOLDER PROGRAM ARGUMENT...
 * companion-probe end FOLDER
 *
 * The service's companions without the service, for test_companions.py. The companion has the
 * probe's standard input, and CAP_CHOWN of all capabilities. READ_ONLY_FOLDER may be empty.
 */
#include "host/companion/bv-companion.h"

#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define UID "5d307ca9-b3ef-428c-8861-06e72d69f223"

static gboolean
start (char **arguments, GError **error)
{
  const BvCompanionSpec spec = {
    .name = arguments[1],
    .description = "a companion of the tests",
    .arguments = (const char *const *)arguments + 3,
    .standard_input = STDIN_FILENO,
    .capabilities = BV_CAPABILITY (CAP_CHOWN),
    .read_only_folder = arguments[2][0] != '\0' ? arguments[2] : NULL,
  };

  return bv_companion_start (arguments[0], UID, &spec, error);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;
  gboolean good = FALSE;

  if (argc > 5 && g_str_equal (argv[1], "start"))
    good = start (argv + 2, &error);
  else if (argc == 3 && g_str_equal (argv[1], "end"))
    good = bv_companion_end_all (argv[2], &error);
  if (error != NULL)
    fprintf (stderr, "%s\n", error->message);
  return good ? 0 : 1;
}
