#pragma once

#include <QApplication>
#include <QEvent>
#include <QMap>
#include <QMetaEnum>

#include <algorithm>
#include <ctime>

namespace Orgtrace {

/// Measures how long the GUI thread is away from its event loop: the processor time of each outermost event. Processor time, not the clock's, so that a
/// busy machine that gives the test no turn is not taken for slow code.
class WatchedApplication final : public QApplication
{
public:
    using QApplication::QApplication;

    void startWatching()
    {
        slowest.clear();
        times.clear();
        isWatching = true;
    }

    bool notify(QObject *receiver, QEvent *event) override
    {
        if (m_depth > 0 || !isWatching) {
            return QApplication::notify(receiver, event);
        }
        const QString what = QString::fromLatin1(receiver->metaObject()->className()) + u' '
            + QString::fromLatin1(QMetaEnum::fromType<QEvent::Type>().valueToKey(event->type()));
        ++m_depth;
        const double before = threadMs();
        const bool handled = QApplication::notify(receiver, event);
        const double took = threadMs() - before;
        --m_depth;
        times.append(took);
        Slowest &most = slowest[step];
        if (took >= most.ms) {
            most = {took, what};
        }
        return handled;
    }

    struct Slowest {
        double ms = 0;
        QString what; ///< receiver and event
    };
    [[nodiscard]] Slowest worst() const
    {
        Slowest most;
        for (const Slowest &one : slowest) {
            most = one.ms >= most.ms ? one : most;
        }
        return most;
    }
    /// That of a hundred events which only one outlasts.
    [[nodiscard]] double almostAll() const
    {
        QList<double> sorted = times;
        std::ranges::sort(sorted);
        return sorted.isEmpty() ? 0 : sorted.at(sorted.size() * 99 / 100);
    }
    /// The window's promise: no event keeps the loop waiting above 50 ms, and 99 of a hundred stay below 16. Empty where it holds, or where a sanitizer makes everything
    /// slow; else what broke it. Tells the figures either way.
    [[nodiscard]] QString broken() const
    {
        const Slowest most = worst();
        qInfo("%lld events: 99th percentile %.1f ms, worst %.1f ms (%s)", qlonglong(times.size()), almostAll(), most.ms,
              qUtf8Printable(most.what));
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        return {};
#else
        return !times.isEmpty() && most.ms <= 50 && almostAll() < 16 ? QString()
                                                                     : QStringLiteral("%1 events, 99th percentile %2 ms, worst %3 ms: %4")
                                                                           .arg(times.size())
                                                                           .arg(almostAll())
                                                                           .arg(most.ms)
                                                                           .arg(most.what);
#endif
    }
    [[nodiscard]] static WatchedApplication &self() { return *static_cast<WatchedApplication *>(QCoreApplication::instance()); }

    bool isWatching = false;
    QList<double> times; ///< of every event
    QString step; ///< what the events from now on belong to
    QMap<QString, Slowest> slowest; ///< each step's worst event

private:
    static double threadMs()
    {
        timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) * 1000 + static_cast<double>(time.tv_nsec) / 1e6;
    }

    int m_depth = 0;
};

} // namespace Orgtrace
