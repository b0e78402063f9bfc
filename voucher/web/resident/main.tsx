import '../shared/base.css';
import './resident.css';
