#pragma once

#include <QEventLoop>
#include <QProcess>
#include <QTest>
#include <QTimer>

/// The command line as its users have it: the real program in a process of its own.
namespace Orgtrace::Test {

using namespace Qt::StringLiterals;

struct Run {
    int status = -1; ///< -2: timed out, -3: crashed
    QByteArray out, err;
};

inline Run runCtl(const QString &store, const QStringList &arguments, const QByteArray &input = {}, const QStringList &wrapper = {})
{
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"ORGTRACE_STORE"_s, store);
    process.setProcessEnvironment(environment);
    QStringList line = wrapper;
    line << QStringLiteral(ORGTRACECTL);
    line += arguments;
    process.start(line.takeFirst(), line);
    process.write(input);
    process.closeWriteChannel();
    // The sandbox answers from this very event loop, so that the wait must turn it.
    QEventLoop loop;
    QTimer deadline;
    deadline.setSingleShot(true);
    QObject::connect(&process, &QProcess::finished, &loop, &QEventLoop::quit);
    QObject::connect(&deadline, &QTimer::timeout, &loop, &QEventLoop::quit);
    deadline.start(60000);
    if (process.state() != QProcess::NotRunning) {
        loop.exec();
    }
    if (process.state() != QProcess::NotRunning) {
        process.kill();
        process.waitForFinished();
        return {-2, process.readAllStandardOutput(), "timed out: " + process.readAllStandardError()};
    }
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -3, process.readAllStandardOutput(),
            process.readAllStandardError()};
}

} // namespace Orgtrace::Test

// The run is evaluated once: QVERIFY2 evaluates its description whether it fails or not.
#define EXPECT_STATUS(expression, expected)                                                                                                \
    do {                                                                                                                                   \
        const Run &run_ = (expression);                                                                                                    \
        QVERIFY2(run_.status == (expected),                                                                                                \
                 QByteArray("status " + QByteArray::number(run_.status) + "\n" + run_.out + run_.err).constData());                        \
    } while (false)
