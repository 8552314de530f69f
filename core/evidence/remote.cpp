#include "evidence/remote.h"

#include "base/digest.h"
#include "evidence/filelayer.h"
#include "evidence/storeprivate.h"

#include <QDir>
#include <QElapsedTimer>
#include <QProcess>
#include <QTemporaryDir>
#include <QUrl>

#include <algorithm>
#include <csignal>
#include <map>

#include <sys/prctl.h>
#include <unistd.h>

namespace Orgtrace::Evidence {

namespace {

constexpr qsizetype MostOutput = 256LL * 1024; // of what git and the remote say
constexpr int PollMs = 50;
constexpr int GraceMs = 3000;

/// What a stranger says, in one line of printable characters.
QString oneLine(const QByteArray &text, qsizetype longest = 300)
{
    QString out = QString::fromUtf8(text).simplified().left(longest);
    for (QChar &c : out) {
        if (!c.isPrint())
            c = u'?';
    }
    return out;
}

/// A bare repository with nothing in it but a way to the store's objects.
bool makeWorkplace(const QString &folder)
{
    const auto write = [&folder](const QString &name, const QByteArray &text) {
        QFile file(folder + u'/' + name);
        return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
    };
    return QDir(folder).mkpath(QStringLiteral("refs/heads")) && QDir(folder).mkpath(QStringLiteral("objects"))
        && write(QStringLiteral("HEAD"), "ref: refs/heads/none\n")
        && write(QStringLiteral("config"), "[core]\n\trepositoryformatversion = 0\n\tbare = true\n");
}

QProcessEnvironment environmentFor(const QString &workplace, const QString &objects)
{
    QProcessEnvironment out = QProcessEnvironment::systemEnvironment();
    // Who sets these means his own shell's repository; how to reach a host is his business all the same.
    static const QStringList kept{QStringLiteral("GIT_SSH"),           QStringLiteral("GIT_SSH_COMMAND"),
                                  QStringLiteral("GIT_ASKPASS"),       QStringLiteral("GIT_SSL_CAINFO"),
                                  QStringLiteral("GIT_SSL_CAPATH"),    QStringLiteral("GIT_CONFIG_NOSYSTEM"),
                                  QStringLiteral("GIT_CONFIG_GLOBAL"), QStringLiteral("GIT_CONFIG_SYSTEM")};
    for (const auto keys = out.keys(); const QString &key : keys) {
        if (key.startsWith(QLatin1StringView("GIT_")) && !kept.contains(key))
            out.remove(key);
    }
    out.insert(QStringLiteral("GIT_DIR"), workplace);
    out.insert(QStringLiteral("GIT_OBJECT_DIRECTORY"), objects);
    out.insert(QStringLiteral("GIT_TERMINAL_PROMPT"), QStringLiteral("0"));
    out.insert(QStringLiteral("LC_ALL"), QStringLiteral("C"));
    return out;
}

/// For a folder on this machine git runs the other half itself, under the hooks and settings of a repository that store.toml names, and store.toml may be
/// a stranger's. None of it may start a program; alternateRefsCommand must be a program, and `true` says nothing.
QString receivingHere()
{
    return QStringLiteral("git -c core.hooksPath=/dev/null -c receive.autogc=false -c receive.denyCurrentBranch=refuse "
                          "-c core.alternateRefsCommand=true -c core.fsmonitor=false receive-pack");
}

struct GitRun {
    bool started = false, finished = false;
    int status = -1;
    QByteArray out, err;
};

/// Runs git in a session of its own, so that nothing it starts can ask a person at the terminal, and all of it can be ended.
GitRun runGit(const QStringList &arguments, const QProcessEnvironment &environment, const CancellationToken &cancel,
              const PushLimits &limits)
{
    GitRun run;
    QProcess process;
    process.setProcessEnvironment(environment);
    process.setStandardInputFile(QProcess::nullDevice());
    process.setUnixProcessParameters(QProcess::UnixProcessFlag::CreateNewSession);
    // Nor does it outlive who waits for it: ended without warning, nobody else would stop it.
    process.setChildProcessModifier([parent = ::getpid()] {
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (::getppid() != parent)
            ::_exit(1);
    });
    process.start(limits.git, arguments);
    run.started = process.waitForStarted();
    const auto collect = [&] {
        run.out += process.readAllStandardOutput();
        run.out.truncate(MostOutput);
        run.err += process.readAllStandardError();
        run.err.truncate(MostOutput);
    };
    QElapsedTimer timer;
    timer.start();
    while (run.started && process.state() != QProcess::NotRunning && !cancel.isCancelled() && timer.elapsed() < limits.longest.count()) {
        process.waitForFinished(PollMs);
        collect();
    }
    run.finished = run.started && process.state() == QProcess::NotRunning;
    if (run.started && !run.finished) {
        const auto group = static_cast<pid_t>(process.processId());
        ::kill(-group, SIGTERM);
        if (!process.waitForFinished(GraceMs)) {
            ::kill(-group, SIGKILL);
            process.waitForFinished(GraceMs);
        }
    }
    collect();
    run.status = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
    return run;
}

/// "refs/heads/…" → commit, as it was after the last push; lost memory costs a warning, no evidence.
using Memory = std::map<QByteArray, QByteArray>;

QString memoryPath(const QString &storeFolder, const RemoteSettings &remote)
{
    return storeFolder + QStringLiteral("/state/pushed-")
        + QString::fromLatin1(sha256(view((remote.name + u'\n' + remote.url).toUtf8())).toHex().left(24));
}

Memory recall(const QString &path)
{
    Memory out;
    const QByteArray text = readWhole(path, 1024LL * 1024).value_or(QByteArray());
    const QByteArrayList lines = text.split('\n');
    for (const QByteArray &line : lines) {
        const qsizetype space = line.indexOf(' ');
        if (space == 40)
            out.emplace(line.mid(41), line.left(40));
    }
    return out;
}

void remember(const QString &path, const Memory &memory)
{
    QByteArray text;
    for (const auto &[branch, commit] : memory)
        text += commit + ' ' + branch + '\n';
    fileLayer().unlink(QFile::encodeName(path + QStringLiteral(".tmp")).constData());
    (void)writeWhole(path, view(text));
}

Error failureOf(const GitRun &run, const RemoteSettings &remote, const CancellationToken &cancel, const PushLimits &limits)
{
    if (!run.started)
        return {ErrorCode::NotFound, QStringLiteral("there is no program '%1' to push with; install git").arg(limits.git), remote.name};
    if (cancel.isCancelled())
        return {ErrorCode::Cancelled, QStringLiteral("the push to '%1' was cancelled; the next one makes up for it").arg(remote.name),
                remote.name};
    if (!run.finished)
        return {ErrorCode::TimedOut,
                QStringLiteral("the remote '%1' did not take everything within %2 s; the next push goes on")
                    .arg(remote.name)
                    .arg(limits.longest.count() / 1000),
                remote.name};
    QByteArray said;
    const QByteArrayList lines = run.err.split('\n');
    for (const QByteArray &line : lines) {
        if (line.startsWith("fatal: ") || line.startsWith("error: ") || (said.isEmpty() && !line.trimmed().isEmpty()))
            said = line;
        if (line.startsWith("fatal: "))
            break;
    }
    const QByteArray all = run.err.toLower();
    for (const char *sign : {"authentication failed", "permission denied", "could not read username", "could not read password",
                             "terminal prompts disabled", "host key verification failed", "http 401", "error: 401", "error: 403"}) {
        if (all.contains(sign))
            return {ErrorCode::Unauthorised,
                    QStringLiteral("the remote '%1' does not know you: %2; give git a key or a credential helper for it")
                        .arg(remote.name, oneLine(said)),
                    remote.name};
    }
    return {ErrorCode::Unreachable,
            QStringLiteral("the remote '%1' cannot be pushed to: %2; is the repository there, and are you allowed to write?")
                .arg(remote.name, oneLine(said)),
            remote.name};
}

/// One line of `git push --porcelain`: flag, tab, from:to, tab, summary.
std::optional<PushedBranch> branchOf(const QByteArray &line, const Memory &before, QByteArray &reference)
{
    const QList<QByteArray> parts = line.split('\t');
    if (parts.size() < 3 || parts[0].size() != 1)
        return std::nullopt;
    const qsizetype colon = parts[1].indexOf(':');
    reference = parts[1].mid(colon + 1);
    if (colon < 0 || !reference.startsWith("refs/heads/"))
        return std::nullopt;
    PushedBranch out;
    out.branch = QString::fromUtf8(reference.mid(11));
    const QByteArray &summary = parts[2];
    const auto known = before.find(reference);
    switch (parts[0][0]) {
    case '=': return out;
    case '*':
        out.state = known == before.end() ? PushedBranch::State::Pushed : PushedBranch::State::Restored;
        if (known != before.end())
            out.why = QStringLiteral("the branch had been removed there since the last push");
        return out;
    case ' ':
        out.state = PushedBranch::State::Pushed;
        // "abc1234..def5678": what the remote had must be what it was given last.
        if (known != before.end() && !known->second.startsWith(summary.left(std::max<qsizetype>(summary.indexOf(".."), 0)))) {
            out.state = PushedBranch::State::Restored;
            out.why = QStringLiteral("the branch had been moved there since the last push");
        }
        return out;
    default:
        out.state = PushedBranch::State::Refused;
        out.why = oneLine(summary);
        return out;
    }
}

bool isRewritten(const PushedBranch &branch)
{
    return branch.state == PushedBranch::State::Refused
        && (branch.why.contains(QLatin1StringView("non-fast-forward")) || branch.why.contains(QLatin1StringView("fetch first"))
            || branch.why.contains(QLatin1StringView("needs force")) || branch.why.contains(QLatin1StringView("stale info")));
}

} // namespace

Result<void> checkPlaceOfRemote(const QString &storeFolder, const RemoteSettings &remote)
{
    const QUrl url(remote.url, QUrl::StrictMode);
    if (url.scheme() != QLatin1StringView("file"))
        return {};
    const QString named = QDir::cleanPath(url.toLocalFile());
    const QString store = QFileInfo(storeFolder).canonicalFilePath();
    const auto isWithin
        = [](const QString &path, const QString &folder) { return QString(path + u'/').startsWith(QString(folder + u'/')); };
    // git tries these endings; and links lead elsewhere than they are named.
    for (const char *ending : {"", ".git", "/.git", ".git/.git"}) {
        const QString real = QFileInfo(QString(named + QLatin1StringView(ending))).canonicalFilePath();
        for (const QString &path : {named, real}) {
            if (!store.isEmpty() && isWithin(path, store))
                return Error::make(
                    ErrorCode::BadInput,
                    QStringLiteral("the remote '%1' lies within the store itself, which would be no copy; name another folder")
                        .arg(remote.name),
                    remote.name);
            if (isWithin(path, QStringLiteral("/proc")) || isWithin(path, QStringLiteral("/dev")))
                return Error::make(ErrorCode::BadInput,
                                   QStringLiteral("the remote '%1' is under /proc or /dev; name the folder itself").arg(remote.name),
                                   remote.name);
        }
    }
    return {};
}

QString pushStateName(PushedBranch::State state)
{
    switch (state) {
    case PushedBranch::State::UpToDate: return QStringLiteral("up-to-date");
    case PushedBranch::State::Pushed: return QStringLiteral("pushed");
    case PushedBranch::State::Restored: return QStringLiteral("restored");
    case PushedBranch::State::Refused: return QStringLiteral("refused");
    }
    return QStringLiteral("refused");
}

Push pushTo(const QString &storeFolder, const RemoteSettings &remote, const CancellationToken &cancel, const PushLimits &limits)
{
    Push push;
    push.remote = remote.name;
    const auto failed = [&push](Error error) {
        push.error = std::move(error);
        return std::move(push);
    };
    const auto file = readStoreFile(storeFolder);
    if (!file)
        return failed(file.error());
    if (const auto elsewhere = checkPlaceOfRemote(storeFolder, remote); !elsewhere)
        return failed(elsewhere.error());
    const QString git = QDir(gitFolder(storeFolder)).absolutePath();
    const auto repository = Repository::open(git);
    if (!repository)
        return failed(repository.error());
    const auto references = (*repository)->references("refs/heads/");
    if (!references)
        return failed(references.error());
    QStringList refspecs;
    Memory wanted;
    for (const Reference &reference : *references) {
        const auto parts = branchParts(reference.name);
        // Only what this installation wrote: the branches of others are theirs to push.
        if (!parts || (parts->writerId != file->writerId && !parts->writerId.startsWith(QString(file->writerId + u'-'))))
            continue;
        refspecs.append(toHex(reference.id) + u':' + QString::fromUtf8(reference.name));
        wanted.emplace(reference.name, toHex(reference.id).toLatin1());
    }
    if (refspecs.isEmpty())
        return push; // nothing yet
    QTemporaryDir workplace;
    if (!workplace.isValid() || !makeWorkplace(workplace.path()))
        return failed(
            {ErrorCode::Io, QStringLiteral("cannot make a folder to push from: %1").arg(workplace.errorString()), QDir::tempPath()});

    const QString scheme = remote.url.section(u':', 0, 0);
    QStringList arguments{
        QStringLiteral("-c"), QStringLiteral("core.hooksPath=/dev/null"), QStringLiteral("-c"), QStringLiteral("protocol.allow=never"),
        QStringLiteral("-c"), QStringLiteral("protocol.%1.allow=always").arg(scheme), QStringLiteral("-c"),
        QStringLiteral("push.gpgSign=false"), QStringLiteral("-c"), QStringLiteral("credential.interactive=false"),
        // Two minutes without a byte: the host is gone. One that is busy says so every few seconds.
        QStringLiteral("-c"), QStringLiteral("http.lowSpeedLimit=1"), QStringLiteral("-c"), QStringLiteral("http.lowSpeedTime=120"),
        QStringLiteral("push"), QStringLiteral("--porcelain"), QStringLiteral("--no-verify"), QStringLiteral("--no-follow-tags"),
        QStringLiteral("--recurse-submodules=no"), QStringLiteral("--no-force-with-lease")};
    if (scheme == QLatin1StringView("file"))
        arguments << QStringLiteral("--receive-pack=") + receivingHere();
    arguments << QStringLiteral("--") << remote.url;
    const GitRun run = runGit(arguments + refspecs, environmentFor(workplace.path(), git + QStringLiteral("/objects")), cancel, limits);

    const QString path = memoryPath(storeFolder, remote);
    const Memory before = recall(path);
    Memory after = before;
    const QByteArrayList lines = run.out.split('\n');
    for (const QByteArray &line : lines) {
        QByteArray reference;
        auto branch = branchOf(line, before, reference);
        const auto ours = wanted.find(reference);
        if (!branch || ours == wanted.end())
            continue;
        if (branch->state != PushedBranch::State::Refused)
            after.insert_or_assign(reference, ours->second);
        push.branches.append(std::move(*branch));
    }
    if (after != before)
        remember(path, after);

    std::ranges::sort(push.branches, {}, &PushedBranch::branch);
    for (PushedBranch &branch : push.branches) {
        if (isRewritten(branch)) {
            branch.why = QStringLiteral(
                "it holds other commits than this store has: it was rewritten there, or a copy of this store writes to it too");
            push.error = Error{
                ErrorCode::Integrity,
                QStringLiteral("the remote '%1' was not pushed to: on branch %2 %3. Nothing was forced; compare both before anything else")
                    .arg(remote.name, branch.branch, branch.why),
                branch.branch};
            return push;
        }
    }
    for (const PushedBranch &branch : std::as_const(push.branches)) {
        if (branch.state == PushedBranch::State::Refused) {
            push.error = Error{ErrorCode::Forbidden,
                               QStringLiteral("the remote '%1' did not take branch %2: %3; ask whoever runs it")
                                   .arg(remote.name, branch.branch, branch.why),
                               branch.branch};
            return push;
        }
    }
    if (!run.finished || run.status != 0 || push.branches.size() != refspecs.size())
        push.error = failureOf(run, remote, cancel, limits);
    return push;
}

} // namespace Orgtrace::Evidence
