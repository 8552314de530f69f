#include "orgtracectl/command.h"

#include <CLI/CLI.hpp>

#include <QCoreApplication>
#include <QCoroTask>
#include <QSocketNotifier>

#include <csignal>
#include <cstdio>
#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

int stopSignalPipe[2] = {-1, -1};

void onStopSignal(int signal)
{
    std::signal(signal, SIG_DFL); // a second one ends the process at once, wherever it stands
    const char byte = 1;
    [[maybe_unused]] const ssize_t written = ::write(stopSignalPipe[0], &byte, 1);
}

// No core dump of a process that holds secrets.
void keepOutOfCoreDumps()
{
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
}

// Pages are a megabyte each and come by the hundred: memory that went back to the system would have to come from there again, page fault by page fault.
void keepFreedMemory()
{
#ifdef __GLIBC__
    // NOLINTBEGIN(concurrency-mt-unsafe): before there is a second thread
    ::mallopt(M_MMAP_THRESHOLD, 32 * 1024 * 1024);
    ::mallopt(M_TRIM_THRESHOLD, 128 * 1024 * 1024);
    ::mallopt(M_TOP_PAD, 1024 * 1024);
    // NOLINTEND(concurrency-mt-unsafe)
#endif
}

} // namespace

int main(int argc, char **argv)
{
    using namespace Orgtrace;
    keepOutOfCoreDumps();
    keepFreedMemory();
    // A closed standard stream must not become the number of a file of the store.
    int fd = ::open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO) {
        fd = ::open("/dev/null", O_RDWR);
    }
    if (fd > STDERR_FILENO) {
        ::close(fd);
    }
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN); // a file-size limit is then an error like a full disk
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("orgtracectl"));
    QCoreApplication::setApplicationVersion(QStringLiteral(ORGTRACE_VERSION));

    Ctl::Context context;
    Ctl::Command chosen;
    CLI::App app(
        "Orgtrace on the command line: captures a Genesys Cloud organisation's configuration as evidence and explains what changed.",
        "orgtracectl");
    app.set_version_flag("--version", "orgtracectl " ORGTRACE_VERSION);
    app.require_subcommand(1);
    app.fallthrough(false);
    app.get_formatter()->column_width(38);
    app.footer("Exit status: 0 fine, 1 differences or findings, 2 bad usage or input, 3 sign-in or permission, 4 incomplete, 5 integrity.");
    Ctl::addStoreCommands(app, context, chosen);
    Ctl::addOrgCommands(app, context, chosen);
    Ctl::addCaptureCommands(app, context, chosen);
    Ctl::addWatchCommand(app, context, chosen);
    Ctl::addReadCommands(app, context, chosen);
    Ctl::addSearchCommands(app, context, chosen);
    Ctl::addDiffCommand(app, context, chosen);
    Ctl::addAccessCommands(app, context, chosen);
    Ctl::addReportCommand(app, context, chosen);
    Ctl::addRemoteCommands(app, context, chosen);
    Ctl::addVaultCommands(app, context, chosen);
    Ctl::addSandboxCommand(app, context, chosen);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success &asked) { // --help, --version
        return app.exit(asked);
    } catch (const CLI::ParseError &error) {
        // The parser's sentence quotes the arguments, which may come from anywhere: no terminal is steered by them.
        return context.out().fail(
            Error{ErrorCode::BadInput, QString::fromUtf8(error.what()) + QStringLiteral("; orgtracectl --help lists the commands"), {}});
    }

    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, stopSignalPipe) == 0) {
        auto *notifier = new QSocketNotifier(stopSignalPipe[1], QSocketNotifier::Read, &application);
        QObject::connect(notifier, &QSocketNotifier::activated, &application, [&context, notifier] {
            notifier->setEnabled(false);
            context.cancel.cancel();
        });
        std::signal(SIGINT, onStopSignal);
        std::signal(SIGTERM, onStopSignal);
        if (std::signal(SIGHUP, onStopSignal) == SIG_IGN) {
            std::signal(SIGHUP, SIG_IGN); // nohup: the terminal's end is none of ours
        }
    }
    const int status = QCoro::waitFor(chosen(context));
    // An answer that did not get out whole is no answer.
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
        return context.out().fail(Error{ErrorCode::Io, QStringLiteral("the answer could not be written to standard output"), {}});
    }
    return status;
}
