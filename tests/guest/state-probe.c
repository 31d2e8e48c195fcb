/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* state-probe DOMAIN: tells ten times in a second whether the domain runs here, by the clock that
 * all processes share: a line with the time and its state, “-” where libvirt does not answer. */

static void
hush (void *data, virErrorPtr error)
{
}

static const char *
look (virConnectPtr connection, const char *name)
{
  virDomainPtr domain = connection != NULL ? virDomainLookupByName (connection, name) : NULL;
  int state = -1, reason = 0;

  if (domain != NULL)
    {
      virDomainGetState (domain, &state, &reason, 0);
      virDomainFree (domain);
    }
  if (connection == NULL || virConnectIsAlive (connection) != 1)
    return "-";
  switch (state)
    {
    case VIR_DOMAIN_RUNNING:
      return "running";
    case VIR_DOMAIN_PAUSED:
      return reason == VIR_DOMAIN_PAUSED_MIGRATION ? "moving" : "paused";
    default:
      return "off";
    }
}

int
main (int argc, char **argv)
{
  const struct timespec pause = { 0, 100 * 1000 * 1000 };
  virConnectPtr connection = NULL;

  if (argc != 2)
    return 2;
  virSetErrorFunc (NULL, hush);
  signal (SIGPIPE, SIG_IGN); /* a libvirtd that ends as it is asked */
  for (;;)
    {
      struct timespec before, after;
      const char *state;

      if (connection == NULL || virConnectIsAlive (connection) != 1)
        {
          if (connection != NULL)
            virConnectClose (connection);
          connection = virConnectOpenReadOnly ("qemu:///system");
        }
      clock_gettime (CLOCK_MONOTONIC, &before);
      state = look (connection, argv[1]);
      clock_gettime (CLOCK_MONOTONIC, &after);
      printf ("%.6f %.6f %s\n", (double)before.tv_sec + (double)before.tv_nsec / 1e9,
              (double)after.tv_sec + (double)after.tv_nsec / 1e9, state);
      if (fflush (stdout) != 0)
        return 1;
      nanosleep (&pause, NULL);
    }
}
