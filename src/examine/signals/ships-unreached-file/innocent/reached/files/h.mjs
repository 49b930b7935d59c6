import './c';
