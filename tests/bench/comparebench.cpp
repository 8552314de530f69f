// What it costs to see 100 true changes between two lists of users: `./dev bench compare [--users N] [--runs N] [--no-diff] [--folder DIR]`.
//
// Both lists are pretty-printed as the platform does; in the second each user's profile skills come in another order, so that a line diff shows thousands of
// differences where nothing changed. GNU `diff -u` and `orgtracectl diff --files` run in turn, so that both meet the same machine; told is the best run of each,
// from the start of the process to its end, and the peak of its memory, from the kernel's own books.
#include "benchpages.h"

#include "json/value.h"

#include <QCoreApplication>
#include <QFile>
#include <QTemporaryDir>

#include <CLI/CLI.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

using namespace Qt::StringLiterals;
using namespace Orgtrace;
using Steady = std::chrono::steady_clock;

namespace {

constexpr int Changes = 100;

struct Ended {
    int status = -1;
    double seconds = 1e9, cpuSeconds = 0;
    long peakKb = 0;
};

/// Runs a program to its end, its output into a file: to /dev/null GNU diff would not even write what differs.
Ended run(const QStringList &line, const QString &output)
{
    std::vector<QByteArray> words;
    for (const QString &word : line)
        words.push_back(word.toUtf8());
    std::vector<char *> argv;
    for (QByteArray &word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    const QByteArray target = output.toUtf8();
    const auto start = Steady::now();
    const pid_t pid = ::fork();
    if (pid == 0) {
        const int out = ::open(target.constData(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        ::dup2(out, STDOUT_FILENO);
        ::execvp(argv[0], argv.data());
        ::_exit(127);
    }
    int status = 0;
    rusage usage{};
    ::wait4(pid, &status, 0, &usage);
    Ended ended;
    ended.seconds = std::chrono::duration<double>(Steady::now() - start).count();
    ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    ended.cpuSeconds
        = double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    ended.peakKb = usage.ru_maxrss;
    return ended;
}

QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void say(const char *what, const QString &figure, const char *wanted, bool good)
{
    std::printf("%-44s %-34s %s%s\n", what, qPrintable(figure), wanted, *wanted == 0 ? "" : good ? "  yes" : "  NO");
    std::fflush(stdout);
}

QString shown(const Ended &ended)
{
    return u"%1 s, %2 s of CPU, %3 MB"_s.arg(ended.seconds, 0, 'f', 3).arg(ended.cpuSeconds, 0, 'f', 2).arg(ended.peakKb / 1024);
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    int users = benchUsers, runs = 5;
    bool withDiff = true;
    CLI::App app("Two lists of users: orgtracectl diff --files against GNU diff -u");
    app.add_option("--users", users, "users in each list")->check(CLI::Range(Changes, 1'000'000));
    app.add_option("--runs", runs, "runs of each, the best counts")->check(CLI::Range(1, 100));
    app.add_flag("!--no-diff", withDiff, "without GNU diff");
    std::string kept;
    app.add_option("--folder", kept, "keep the files in this folder");
    CLI11_PARSE(app, argc, argv);

    const QTemporaryDir temporary;
    const QString folder = kept.empty() ? temporary.path() : QString::fromStdString(kept);
    const auto at = [&folder](const QString &name) -> QString { return folder + u'/' + name; };
    const qint64 bytes = writeUserList(at(u"a.json"_s), users, 0, false) + writeUserList(at(u"b.json"_s), users, Changes, true);
    const QStringList files{at(u"a.json"_s), at(u"b.json"_s)};
    const QString ctl = QCoreApplication::applicationDirPath() + u"/orgtracectl"_s;
    Ended gnu, ours;
    long peak = 0;
    for (int i = 0; i < runs; ++i) {
        if (withDiff) {
            const Ended one = run(QStringList{u"diff"_s, u"-u"_s} + files, at(u"gnu"_s));
            gnu = one.seconds < gnu.seconds ? one : gnu;
        }
        const Ended two = run(QStringList{ctl, u"diff"_s, u"--files"_s, u"--json"_s} + files, at(u"ours"_s));
        peak = std::max(peak, two.peakKb);
        ours = two.seconds < ours.seconds ? two : ours;
    }
    const QByteArray hunks = contents(at(u"gnu"_s));
    const QByteArray text = contents(at(u"ours"_s));
    const auto answer = Json::parse({text.constData(), size_t(text.size())});
    const qint64 found = answer ? answer->root()["fields"].size() : -1;
    say("both files", u"%1 MB"_s.arg(double(bytes) / 1e6, 0, 'f', 1), "", true);
    if (withDiff) {
        say("GNU diff -u", shown(gnu), "", true);
        say("  hunks", QString::number(hunks.count("\n@@ ")), "", true);
    }
    say("orgtracectl diff --files", shown(ours), "", true);
    say("  changes", QString::number(found), "exactly 100", found == Changes && ours.status == 1);
    say("  throughput", u"%1 MB/s"_s.arg(double(bytes) / 1e6 / ours.seconds, 0, 'f', 0), "", true);
    if (withDiff)
        say("  to GNU diff", u"%1 times"_s.arg(ours.seconds / gnu.seconds, 0, 'f', 2), "less than 1", ours.seconds < gnu.seconds);
    const double perUser = double(peak) * 1024 / users;
    say("  peak", u"%1 MB, %2 KB a user"_s.arg(peak / 1024).arg(perUser / 1024, 0, 'f', 1), "at most 2.2 GB for 100,000",
        perUser * 1e5 <= 2.2e9 || users < 100'000);
    return found == Changes ? 0 : 3;
}
