// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/rate_meter.h"

#include <QTimer>
#include <QWidget>

class QLabel;

namespace swb::ui {

class Session;

/// The figures at the right of the status bar.
class StatusStrip : public QWidget {
    Q_OBJECT
public:
    explicit StatusStrip(Session& session, QWidget* parent = nullptr);

private:
    QLabel* make(const char* name, const QString& toolTip);
    QString recordingText() const;
    void refreshSoon();
    void refresh();

    Session& m_session;
    QLabel* m_inFlight;
    QLabel* m_synchronous;
    QLabel* m_pending;
    QLabel* m_failed;
    QLabel* m_rate;
    QLabel* m_recording;
    QLabel* m_lost;
    RateMeter m_sent;
    QTimer m_next; ///< While it runs, nothing is shown anew.
    bool m_stale = false; ///< There is something newer than what is shown.
};

} // namespace swb::ui
