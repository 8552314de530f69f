#pragma once

#include <QCoroTask>
#include <QDateTime>
#include <QTimeZone>

#include <chrono>

namespace Orgtrace {

/// The only way to learn or wait for time. Everything that decides takes times as values; everything that waits takes a Clock.
///
/// Thread: nowUtc() and monotonic() any; sleepFor() on a thread with an event loop.
class Clock
{
public:
    Clock() = default;
    virtual ~Clock();
    Q_DISABLE_COPY_MOVE(Clock)

    [[nodiscard]] virtual QDateTime nowUtc() const = 0; ///< UTC, millisecond steps
    [[nodiscard]] virtual std::chrono::milliseconds monotonic() const = 0; ///< since an arbitrary start, never goes back
    [[nodiscard]] virtual QCoro::Task<void> sleepFor(std::chrono::milliseconds duration) = 0;
};

/// The machine's clock.
class SystemClock final : public Clock
{
public:
    [[nodiscard]] QDateTime nowUtc() const override;
    [[nodiscard]] std::chrono::milliseconds monotonic() const override;
    [[nodiscard]] QCoro::Task<void> sleepFor(std::chrono::milliseconds duration) override;
};

/// A clock that is moved by hand: sleeping moves it at once, and is counted. For tests and for the simulated month.
/// Not thread-safe for writing; move it from one thread.
class ManualClock final : public Clock
{
public:
    explicit ManualClock(QDateTime startUtc = QDateTime(QDate(2026, 10, 1), QTime(0, 0), QTimeZone::UTC));
    [[nodiscard]] QDateTime nowUtc() const override;
    [[nodiscard]] std::chrono::milliseconds monotonic() const override;
    [[nodiscard]] QCoro::Task<void> sleepFor(std::chrono::milliseconds duration) override;

    void advance(std::chrono::milliseconds duration);
    void setNowUtc(const QDateTime &nowUtc);
    [[nodiscard]] std::chrono::milliseconds slept() const { return m_slept; } ///< sum of all sleeps
    [[nodiscard]] const QList<qint64> &sleeps() const { return m_sleeps; } ///< each sleep, ms

private:
    QDateTime m_nowUtc;
    std::chrono::milliseconds m_monotonic{0};
    std::chrono::milliseconds m_slept{0};
    QList<qint64> m_sleeps;
};

/// ISO 8601 in UTC with milliseconds only where they are not zero: the one way times are written as text.
[[nodiscard]] QString isoUtc(const QDateTime &time);
/// Reads ISO 8601 with an offset or Z, "YYYY-MM-DD" as midnight UTC; invalid otherwise. Times without a zone are refused.
[[nodiscard]] QDateTime parseIsoUtc(const QString &text);

} // namespace Orgtrace
