/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vsock-listen PORT PROGRAM [ARGUMENT...]: runs a program for each connection to a vsock port of
 * this guest, which is its standard input and output. Prints a line when it listens. */
#define _GNU_SOURCE
#include <linux/vm_sockets.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int
fail (const char *what)
{
  perror (what);
  return EXIT_FAILURE;
}

static int
listen_at (unsigned int port)
{
  const struct sockaddr_vm address = {
    .svm_family = AF_VSOCK,
    .svm_port = port,
    .svm_cid = VMADDR_CID_ANY,
  };
  int fd = socket (AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (fd < 0 || bind (fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
      listen (fd, SOMAXCONN) != 0)
    return -1;
  return fd;
}

static void
serve (int connection, char **program)
{
  signal (SIGCHLD, SIG_DFL);
  dup2 (connection, STDIN_FILENO);
  dup2 (connection, STDOUT_FILENO);
  execvp (program[0], program);
  perror (program[0]);
  _exit (EXIT_FAILURE);
}

int
main (int argc, char **argv)
{
  int connection, fd;

  if (argc < 3)
    return fail ("PORT PROGRAM");
  fd = listen_at ((unsigned int)strtoul (argv[1], NULL, 10));
  if (fd < 0)
    return fail (argv[1]);
  /* Children need nobody to wait for them. */
  signal (SIGCHLD, SIG_IGN);
  printf ("vsock port %s is listened at\n", argv[1]);
  fflush (stdout);
  while ((connection = accept4 (fd, NULL, NULL, SOCK_CLOEXEC)) >= 0)
    {
      if (fork () == 0)
        serve (connection, argv + 2);
      close (connection);
    }
  return fail ("accept");
}
